-- +goose Up
ALTER TABLE orders
    ADD COLUMN paying             boolean        NOT NULL DEFAULT false, -- the noted payment is under way
    ADD COLUMN awaited_payment_id integer        NOT NULL DEFAULT 0,     -- a payment under way that the order will be kept for; 0: none
    ADD COLUMN held_until         timestamptz(3);                        -- until when it is kept beyond expires_at
