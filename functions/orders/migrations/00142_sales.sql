-- +goose Up
ALTER TABLE orders ADD COLUMN IF NOT EXISTS paid_at timestamptz(3); -- when its payment succeeded; null of those that were paid before
