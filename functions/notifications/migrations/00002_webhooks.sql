-- +goose Up
-- Where users' programs are told of what happens.
CREATE TABLE webhooks (
    id            integer        GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id       integer        NOT NULL,
    url           text           NOT NULL,
    events        text[]         NOT NULL, -- of which it is told
    enabled       boolean        NOT NULL DEFAULT true,
    failing_since timestamptz(3),          -- NULL: the last attempt succeeded, or there was none
    created_at    timestamptz(3) NOT NULL
);
CREATE INDEX webhooks_user ON webhooks (user_id);

-- What their messages are signed by: the newest, and until a day after it was made the one before.
CREATE TABLE webhook_secrets (
    id         bigint         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook_id integer        NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    key_id     text           NOT NULL, -- of WEBHOOK_KEY
    sealed     bytea          NOT NULL,
    until      timestamptz(3)           -- NULL: the newest
);
CREATE INDEX webhook_secrets_webhook ON webhook_secrets (webhook_id, id);
