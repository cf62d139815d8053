-- +goose NO TRANSACTION

-- +goose Up

-- The titles from before there were searches: about a minute and a half for a million, a thousand at a time.
-- +goose StatementBegin
DO $$
DECLARE
    last integer := coalesce((SELECT max(id) FROM tickets WHERE search IS NULL), 0);
BEGIN
    FOR low IN 1..last BY 1000 LOOP
        UPDATE tickets SET search = fold(title) WHERE id BETWEEN low AND low + 999 AND search IS NULL;
        COMMIT;
    END LOOP;
END
$$;
-- +goose StatementEnd

-- pg_trgm comes with PostgreSQL; the owner of a database may create it.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
DROP INDEX CONCURRENTLY IF EXISTS tickets_search; -- what an attempt that failed has left
CREATE INDEX CONCURRENTLY tickets_search ON tickets USING gin (search gin_trgm_ops) WITH (gin_pending_list_limit = 512); -- kB, which every search reads
DROP INDEX CONCURRENTLY IF EXISTS tickets_free_of_seller;
CREATE INDEX CONCURRENTLY tickets_free_of_seller ON tickets (user_id, id) WHERE order_id IS NULL;
