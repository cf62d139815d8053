-- +goose NO TRANSACTION

-- +goose Up
-- Instead of the indexes of before, which have withdrawn tickets, too: through these a list would go. The versions of before read newest tickets first without
-- them, and are soon replaced.
DROP INDEX CONCURRENTLY IF EXISTS tickets_available; -- what an attempt that failed has left
CREATE INDEX CONCURRENTLY tickets_available ON tickets (id) WHERE order_id IS NULL AND NOT withdrawn;
DROP INDEX CONCURRENTLY IF EXISTS tickets_available_of_seller;
CREATE INDEX CONCURRENTLY tickets_available_of_seller ON tickets (user_id, id) WHERE order_id IS NULL AND NOT withdrawn;
DROP INDEX CONCURRENTLY IF EXISTS tickets_on_sale;
CREATE INDEX CONCURRENTLY tickets_on_sale ON tickets (id) WHERE NOT sold AND NOT withdrawn;
DROP INDEX CONCURRENTLY IF EXISTS tickets_on_sale_of_seller;
CREATE INDEX CONCURRENTLY tickets_on_sale_of_seller ON tickets (user_id, id) WHERE NOT sold AND NOT withdrawn;
DROP INDEX CONCURRENTLY IF EXISTS tickets_free;
DROP INDEX CONCURRENTLY IF EXISTS tickets_free_of_seller;
DROP INDEX CONCURRENTLY IF EXISTS tickets_unsold;
DROP INDEX CONCURRENTLY IF EXISTS tickets_unsold_of_seller;
