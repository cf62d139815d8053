-- +goose NO TRANSACTION

-- +goose Up
-- The user whose webhook a message is for, so that the webhooks of one user do not hold up those of others. 0: a mail.
ALTER TABLE deliveries ADD COLUMN IF NOT EXISTS user_id integer NOT NULL DEFAULT 0;
UPDATE deliveries d SET user_id = w.user_id FROM webhooks w WHERE d.channel = 'webhook' AND d.state = 'waiting' AND d.target = 'webhook/' || w.id;

-- A webhook that has failed is given time: all that is for it waits.
ALTER TABLE webhooks ADD COLUMN IF NOT EXISTS failures integer NOT NULL DEFAULT 0; -- attempts without a success
ALTER TABLE webhooks ADD COLUMN IF NOT EXISTS paused_until timestamptz;            -- NULL: it is not

-- What waits for a target, and what was given up.
DROP INDEX CONCURRENTLY IF EXISTS deliveries_waiting; -- what an attempt that failed has left
CREATE INDEX CONCURRENTLY deliveries_waiting ON deliveries (target) WHERE state = 'waiting';
DROP INDEX CONCURRENTLY IF EXISTS deliveries_dead;
CREATE INDEX CONCURRENTLY deliveries_dead ON deliveries (consumer) WHERE state = 'dead';

-- How often users had messages sent again, in the minute that begins with the first.
CREATE TABLE IF NOT EXISTS resends (
    user_id integer     PRIMARY KEY,
    count   integer     NOT NULL,
    ends_at timestamptz NOT NULL
);
