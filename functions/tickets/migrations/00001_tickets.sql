-- +goose Up
CREATE TABLE tickets (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title      text           NOT NULL,
    price      bigint         NOT NULL CHECK (price > 0), -- cents
    user_id    integer        NOT NULL,
    order_id   integer,
    version    integer        NOT NULL DEFAULT 0,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX tickets_seller ON tickets (user_id, id);
CREATE INDEX tickets_free ON tickets (id) WHERE order_id IS NULL;

-- What is known of the orders of each ticket: the newest version of each.
CREATE TABLE holds (
    order_id  integer PRIMARY KEY,
    ticket_id integer NOT NULL,
    version   integer NOT NULL,
    live      boolean NOT NULL -- the order is not cancelled
);
CREATE INDEX holds_live ON holds (ticket_id, order_id) WHERE live;
