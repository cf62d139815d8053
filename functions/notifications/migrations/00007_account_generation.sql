-- +goose Up
-- Of the user's sessions when the account was announced: what confirms an address may have ended all earlier ones.
ALTER TABLE accounts ADD COLUMN generation integer NOT NULL DEFAULT 0;
