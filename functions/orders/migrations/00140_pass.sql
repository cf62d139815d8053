-- +goose Up
ALTER TABLE orders ADD COLUMN IF NOT EXISTS pass_used_at timestamptz(3); -- when the ticket's seller took the order's pass
