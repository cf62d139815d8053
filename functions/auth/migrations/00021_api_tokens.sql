-- +goose Up
-- Tokens that programs act for their users by. One that is ended is deleted.
CREATE TABLE api_tokens (
    id         text           PRIMARY KEY,
    user_id    integer        NOT NULL,
    hash       bytea          NOT NULL UNIQUE, -- SHA-256 of the token
    name       text           NOT NULL,
    scopes     text[]         NOT NULL,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    used_at    timestamptz(3), -- to the minute
    expires_at timestamptz(3)  -- NULL: never
);
CREATE INDEX api_tokens_user ON api_tokens (user_id);
CREATE INDEX api_tokens_expiry ON api_tokens (expires_at);
