-- +goose Up
CREATE TABLE tickets ( -- a copy of the tickets service's
    id         integer PRIMARY KEY,
    title      text           NOT NULL,
    price      bigint         NOT NULL, -- cents
    user_id    integer        NOT NULL,
    version    integer        NOT NULL,
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL
);

CREATE TABLE orders (
    id                integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id           integer        NOT NULL,
    status            text           NOT NULL CHECK (status IN ('created', 'complete', 'cancelled')),
    expires_at        timestamptz(3) NOT NULL,
    version           integer        NOT NULL DEFAULT 0,
    extensions        integer        NOT NULL DEFAULT 0,
    payment_id        integer,
    refunded_at       timestamptz(3),
    created_at        timestamptz(3) NOT NULL DEFAULT now(),
    updated_at        timestamptz(3) NOT NULL DEFAULT now(),
    -- the ticket as the buyer saw it
    ticket_id         integer        NOT NULL,
    ticket_title      text           NOT NULL,
    ticket_price      bigint         NOT NULL, -- cents
    ticket_version    integer        NOT NULL,
    ticket_created_at timestamptz(3) NOT NULL,
    ticket_updated_at timestamptz(3) NOT NULL
);
CREATE UNIQUE INDEX orders_one_per_ticket ON orders (ticket_id) WHERE status <> 'cancelled';
CREATE INDEX orders_of_user ON orders (user_id, id);
CREATE INDEX orders_open ON orders (user_id) WHERE status = 'created';
CREATE INDEX orders_overdue ON orders (expires_at) WHERE status = 'created';

CREATE TABLE rejected_payments ( -- those that have been announced
    payment_id integer PRIMARY KEY
);
