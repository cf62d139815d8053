-- +goose NO TRANSACTION

-- +goose Up

-- The days of tickets from before, a thousand at a time.
-- +goose StatementBegin
DO $$
DECLARE
    last integer := coalesce((SELECT max(id) FROM tickets WHERE starts_at IS NOT NULL), 0);
BEGIN
    FOR low IN 1..last BY 1000 LOOP
        UPDATE tickets SET starts_at = starts_at WHERE id BETWEEN low AND low + 999 AND starts_at IS NOT NULL AND starts_on IS NULL;
        COMMIT;
    END LOOP;
END
$$;
-- +goose StatementEnd
