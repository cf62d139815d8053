-- +goose NO TRANSACTION

-- +goose Up
-- What was sent to a webhook.
DROP INDEX CONCURRENTLY IF EXISTS deliveries_target; -- what an attempt that failed has left
CREATE INDEX CONCURRENTLY deliveries_target ON deliveries (target, id) WHERE channel = 'webhook';
