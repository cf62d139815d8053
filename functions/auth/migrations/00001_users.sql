-- +goose Up
CREATE TABLE users (
    id            integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email         text           NOT NULL UNIQUE, -- trimmed and in lower case
    password_hash text           NOT NULL,        -- argon2id in PHC form, or bcrypt until the first sign-in
    created_at    timestamptz(3) NOT NULL DEFAULT now(),
    updated_at    timestamptz(3) NOT NULL DEFAULT now()
);
-- Answers "is there any bcrypt hash left?" at once.
CREATE INDEX users_bcrypt ON users (id) WHERE password_hash LIKE '$2%';
