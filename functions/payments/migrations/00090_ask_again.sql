-- +goose NO TRANSACTION

-- +goose Up
ALTER TABLE payments ADD COLUMN IF NOT EXISTS ask_at timestamptz(3); -- when to ask Stripe for its refunds and disputes; null: nothing new
DROP INDEX CONCURRENTLY IF EXISTS payments_to_ask; -- what an attempt that failed has left
CREATE INDEX CONCURRENTLY payments_to_ask ON payments (ask_at) WHERE ask_at IS NOT NULL;
