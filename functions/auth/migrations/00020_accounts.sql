-- +goose Up
ALTER TABLE users
    ADD COLUMN confirmed_at timestamptz(3),                -- by a link that was sent to the address
    ADD COLUMN version      integer NOT NULL DEFAULT 0;    -- of what is announced

-- Links that set a new password. Of each user the last one counts.
CREATE TABLE password_resets (
    seq        bigint         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id         text           NOT NULL UNIQUE,
    user_id    integer        NOT NULL, -- 0: asked for with an address that has no account
    expires_at timestamptz(3) NOT NULL,
    used_at    timestamptz(3)
);
CREATE INDEX password_resets_user ON password_resets (user_id, seq);
CREATE INDEX password_resets_expiry ON password_resets (expires_at);
