-- +goose Up
CREATE TABLE signin_attempts (
    key        bytea       PRIMARY KEY, -- keyed hash of an e-mail address or a client address
    count      integer     NOT NULL,
    expires_at timestamptz NOT NULL     -- end of the window
);
CREATE INDEX signin_attempts_expiry ON signin_attempts (expires_at);
