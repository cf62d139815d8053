-- +goose Up
-- Requests that came with an Idempotency-Key, and what was answered: see package idempotency. Neither keys, nor requests, nor answers can be read here.
CREATE TABLE idempotency_keys (
    user_id    integer     NOT NULL,
    key        bytea       NOT NULL,
    request    bytea       NOT NULL,
    leased     timestamptz NOT NULL,               -- until then its request may be under way
    changed    boolean     NOT NULL DEFAULT false, -- the request has changed something
    answer     bytea,                              -- null: there is none yet
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
