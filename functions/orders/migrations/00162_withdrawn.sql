-- +goose Up
ALTER TABLE orders ADD COLUMN IF NOT EXISTS withdrawn boolean NOT NULL DEFAULT false; -- by its seller, with the refund: the ticket is not free again
