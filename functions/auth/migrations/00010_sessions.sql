-- +goose Up
-- A session of an earlier generation than its user's has ended.
ALTER TABLE users ADD COLUMN session_generation integer NOT NULL DEFAULT 0;

CREATE TABLE sessions (
    id         text           PRIMARY KEY,
    user_id    integer        NOT NULL, -- perhaps of a user who is gone
    network    text           NOT NULL DEFAULT '', -- of the client that opened it
    device     text           NOT NULL DEFAULT '', -- what that client called itself
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    seen_at    timestamptz(3) NOT NULL DEFAULT now(), -- by auth, when it renewed the session last
    expires_at timestamptz(3) NOT NULL,
    ended_at   timestamptz(3)
);
CREATE INDEX sessions_user ON sessions (user_id, created_at);
CREATE INDEX sessions_expiry ON sessions (expires_at);
