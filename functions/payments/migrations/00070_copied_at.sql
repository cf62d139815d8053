-- +goose Up
ALTER TABLE orders ADD COLUMN copied_at timestamptz(3) NOT NULL DEFAULT now(); -- when the first event of it came
