-- +goose Up
CREATE TABLE revoked_tokens (
    hash       bytea       PRIMARY KEY, -- SHA-256 of what the token's signature covers
    expires_at timestamptz NOT NULL     -- the token's own expiry: the row says nothing after it
);
CREATE INDEX revoked_tokens_expiry ON revoked_tokens (expires_at);
