-- +goose Up
ALTER TABLE orders
    ADD COLUMN noted_payment_id integer NOT NULL DEFAULT 0, -- whose refunds and disputes these are; 0: none's
    ADD COLUMN noted_version    integer NOT NULL DEFAULT 0,
    ADD COLUMN refund           text    NOT NULL DEFAULT '',
    ADD COLUMN refunded         bigint  NOT NULL DEFAULT 0, -- cents
    ADD COLUMN dispute          text    NOT NULL DEFAULT '';
