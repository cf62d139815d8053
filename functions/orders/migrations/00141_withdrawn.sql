-- +goose Up
ALTER TABLE tickets ADD COLUMN withdrawn boolean NOT NULL DEFAULT false; -- its seller has taken it off sale
