-- +goose Up
ALTER TABLE payments ADD COLUMN ask_at timestamptz(3); -- when to ask Stripe for its refunds and disputes; null: nothing new
CREATE INDEX payments_to_ask ON payments (ask_at) WHERE ask_at IS NOT NULL; -- which is empty at first
