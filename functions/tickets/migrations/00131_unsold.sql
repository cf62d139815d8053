-- +goose NO TRANSACTION

-- +goose Up
DROP INDEX CONCURRENTLY IF EXISTS tickets_unsold; -- what an attempt that failed has left
CREATE INDEX CONCURRENTLY tickets_unsold ON tickets (id) WHERE NOT sold;
DROP INDEX CONCURRENTLY IF EXISTS tickets_unsold_of_seller;
CREATE INDEX CONCURRENTLY tickets_unsold_of_seller ON tickets (user_id, id) WHERE NOT sold;
