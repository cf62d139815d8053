-- +goose NO TRANSACTION

-- +goose Up
-- How often a user has given a ticket back.
DROP INDEX CONCURRENTLY IF EXISTS orders_given_back; -- what an attempt that failed has left
CREATE INDEX CONCURRENTLY orders_given_back ON orders (user_id, ticket_id, id) WHERE status = 'cancelled';
