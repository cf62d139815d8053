-- +goose Up
-- What marks this system's payments at Stripe, where other systems may use the same account. A backup holds it, too.
CREATE TABLE installation (id uuid NOT NULL DEFAULT gen_random_uuid());
INSERT INTO installation DEFAULT VALUES;
CREATE UNIQUE INDEX installation_is_one ON installation ((true));
