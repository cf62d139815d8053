-- +goose NO TRANSACTION

-- +goose Up
DROP INDEX CONCURRENTLY IF EXISTS payments_of_order; -- what an attempt that failed has left
CREATE INDEX CONCURRENTLY payments_of_order ON payments (order_id); -- for get-order-payment, which tells of those that failed, too
