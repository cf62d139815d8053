-- +goose Up
ALTER TABLE stripe_events
    ADD COLUMN reading_until timestamptz(3),          -- of the listing whose pages are read
    ADD COLUMN read_last     text NOT NULL DEFAULT ''; -- the last event of its latest page; '': all of them are read
