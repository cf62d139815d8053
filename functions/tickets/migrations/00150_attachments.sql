-- +goose Up
CREATE TABLE IF NOT EXISTS attachments ( -- what the buyer of a ticket gets, encrypted
    ticket_id  integer        PRIMARY KEY REFERENCES tickets,
    key_id     text           NOT NULL, -- of ATTACHMENT_KEY
    sealed     bytea          NOT NULL, -- nonce and AES-256-GCM of the text, bound to ticket_id
    updated_at timestamptz(3) NOT NULL DEFAULT now()
);
-- Who bought, and whether the money went back or is to. Of orders that were noted before, their next event tells, or one that is sent again.
ALTER TABLE holds ADD COLUMN IF NOT EXISTS user_id integer, ADD COLUMN IF NOT EXISTS refunded boolean NOT NULL DEFAULT false;
