-- +goose Up
CREATE TABLE orders ( -- a copy of the orders service's
    id         integer PRIMARY KEY,
    user_id    integer        NOT NULL,
    status     text           NOT NULL,
    price      bigint         NOT NULL, -- cents
    expires_at timestamptz(3) NOT NULL,
    version    integer        NOT NULL
);

CREATE TABLE payments (
    id            integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id      integer        NOT NULL REFERENCES orders (id),
    status        text           NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'succeeded', 'failed', 'refunded')),
    key           uuid           NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    intent_id     text           NOT NULL DEFAULT '',
    needs_action  boolean        NOT NULL DEFAULT false,
    amount        bigint         NOT NULL, -- cents
    charge_id     text           NOT NULL DEFAULT '',
    charged       bigint         NOT NULL DEFAULT 0, -- cents
    currency      text           NOT NULL DEFAULT '',
    charge_status text           NOT NULL DEFAULT '',
    checked_at    timestamptz(3) NOT NULL DEFAULT now(), -- by the reconciler
    created_at    timestamptz(3) NOT NULL DEFAULT now(),
    updated_at    timestamptz(3) NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX payments_one_per_order ON payments (order_id) WHERE status IN ('pending', 'succeeded');
CREATE UNIQUE INDEX payments_intent ON payments (intent_id) WHERE intent_id <> '';
CREATE INDEX payments_pending ON payments (checked_at) WHERE status = 'pending';
