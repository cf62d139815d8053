-- +goose NO TRANSACTION

-- +goose Up

-- The orders from before their sellers were noted, a thousand at a time.
-- +goose StatementBegin
DO $$
DECLARE
    last integer := coalesce((SELECT max(id) FROM orders WHERE seller_id IS NULL), 0);
BEGIN
    FOR low IN 1..last BY 1000 LOOP
        UPDATE orders SET seller_id = t.user_id FROM tickets t
            WHERE orders.id BETWEEN low AND low + 999 AND seller_id IS NULL AND t.id = ticket_id;
        COMMIT;
    END LOOP;
END
$$;
-- +goose StatementEnd

DROP INDEX CONCURRENTLY IF EXISTS orders_sold; -- what an attempt that failed has left
CREATE INDEX CONCURRENTLY orders_sold ON orders (seller_id, id) WHERE payment_id IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS orders_open_of_seller;
CREATE INDEX CONCURRENTLY orders_open_of_seller ON orders (seller_id) WHERE status = 'created';
DROP INDEX CONCURRENTLY IF EXISTS orders_paid; -- of the way from the seller to tickets, and from these to orders
DROP INDEX CONCURRENTLY IF EXISTS tickets_of_seller;
