-- +goose Up
CREATE TABLE outbox (
    seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    type        text           NOT NULL,
    subject     text           NOT NULL,
    data        json           NOT NULL,
    traceparent text           NOT NULL,
    created_at  timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
    sent_at     timestamptz(3)
);
CREATE INDEX outbox_unsent ON outbox (seq) WHERE sent_at IS NULL;
CREATE INDEX outbox_sent ON outbox (sent_at) WHERE sent_at IS NOT NULL;

CREATE TABLE dead_letters (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    function   text           NOT NULL,
    event      bytea          NOT NULL,
    reason     text           NOT NULL,
    created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);
