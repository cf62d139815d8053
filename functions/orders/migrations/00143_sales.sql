-- +goose NO TRANSACTION

-- +goose Up
-- What a seller sold: from the seller to the tickets, and from these to the orders that were paid.
DROP INDEX CONCURRENTLY IF EXISTS tickets_of_seller; -- what an attempt that failed has left
CREATE INDEX CONCURRENTLY tickets_of_seller ON tickets (user_id, id);
DROP INDEX CONCURRENTLY IF EXISTS orders_paid;
CREATE INDEX CONCURRENTLY orders_paid ON orders (ticket_id, id) WHERE payment_id IS NOT NULL;
