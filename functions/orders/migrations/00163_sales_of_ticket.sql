-- +goose NO TRANSACTION

-- +goose Up
-- The sales of one ticket.
DROP INDEX CONCURRENTLY IF EXISTS orders_sold_of_ticket; -- what an attempt that failed has left
CREATE INDEX CONCURRENTLY orders_sold_of_ticket ON orders (ticket_id, id) WHERE payment_id IS NOT NULL;
