-- +goose Up
CREATE TABLE ended_sessions (
    subject    text        PRIMARY KEY,        -- session/<id>, or user/<id>: all sessions of a user before a generation
    generation integer     NOT NULL DEFAULT 0, -- of a user's sessions that have not ended; 0 for a session
    expires_at timestamptz NOT NULL,           -- the row says nothing after it
    noted_in   xid8        NOT NULL DEFAULT pg_current_xact_id()
);
-- What is new since a snapshot, and what is over.
CREATE INDEX ended_sessions_new ON ended_sessions (noted_in);
CREATE INDEX ended_sessions_expiry ON ended_sessions (expires_at);
