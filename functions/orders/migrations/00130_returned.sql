-- +goose Up
ALTER TABLE orders ADD COLUMN refunded_by text NOT NULL DEFAULT ''; -- 'seller': who ended it after it was paid
