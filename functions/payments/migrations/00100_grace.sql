-- +goose Up
ALTER TABLE orders
    ADD COLUMN held_until         timestamptz(3),
    ADD COLUMN awaited_payment_id integer NOT NULL DEFAULT 0;
