-- +goose Up
-- What a seller may say of a ticket beside its title and price.
ALTER TABLE tickets
    ADD COLUMN IF NOT EXISTS description text NOT NULL DEFAULT '',
    ADD COLUMN IF NOT EXISTS starts_at   timestamptz(3),
    ADD COLUMN IF NOT EXISTS time_zone   text NOT NULL DEFAULT '', -- of starts_at, by its name at IANA
    ADD COLUMN IF NOT EXISTS venue       text NOT NULL DEFAULT '',
    ADD COLUMN IF NOT EXISTS category    text NOT NULL DEFAULT '';
