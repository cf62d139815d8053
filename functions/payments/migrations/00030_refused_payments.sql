-- +goose NO TRANSACTION

-- +goose Up
ALTER TABLE payments
    ADD COLUMN IF NOT EXISTS user_id    integer,        -- null: from before there was this column
    ADD COLUMN IF NOT EXISTS refused_at timestamptz(3); -- when the card was declined, or its second step was not done

DROP INDEX CONCURRENTLY IF EXISTS payments_refused; -- what an attempt that failed has left
CREATE INDEX CONCURRENTLY payments_refused ON payments (user_id, refused_at) WHERE refused_at IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS payments_under_way;
CREATE INDEX CONCURRENTLY payments_under_way ON payments (user_id) WHERE status = 'pending';
