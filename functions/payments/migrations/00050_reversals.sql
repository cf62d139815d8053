-- +goose Up
ALTER TABLE payments
    ADD COLUMN version         integer NOT NULL DEFAULT 0,     -- one more with every change after its success
    ADD COLUMN kept            boolean NOT NULL DEFAULT false, -- its order is complete
    ADD COLUMN undone          integer NOT NULL DEFAULT 0,     -- calls to cancel or refund it whose outcome is known
    ADD COLUMN refund          text    NOT NULL DEFAULT '',    -- owed, pending, failed
    ADD COLUMN refunded        bigint  NOT NULL DEFAULT 0,     -- cents
    ADD COLUMN dispute         text    NOT NULL DEFAULT '',    -- inquiry, open, won, lost
    ADD COLUMN owed_since      timestamptz(3),                 -- since when its money is to go back; null: it is ours
    ADD COLUMN attempts        integer NOT NULL DEFAULT 0,     -- to send it back
    ADD COLUMN next_attempt_at timestamptz(3),                 -- null: there is nothing to do
    ADD COLUMN last_error      text    NOT NULL DEFAULT '';    -- of the latest attempt
UPDATE payments SET refunded = charged WHERE status = 'refunded';
UPDATE payments SET kept = true FROM orders WHERE orders.id = order_id AND orders.status = 'complete' AND payments.status = 'succeeded';
CREATE INDEX payments_owed ON payments (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX payments_undecided ON payments (order_id) WHERE status = 'succeeded' AND NOT kept;

CREATE TABLE stripe_events ( -- one row: up to when Stripe's events were asked for
    only_row     boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    asked_until  timestamptz(3) NOT NULL,
    leased_until timestamptz(3) NOT NULL DEFAULT now()
);
INSERT INTO stripe_events (asked_until) -- Stripe remembers thirty days
SELECT greatest(coalesce(min(created_at), now()), now() - interval '29 days') FROM payments;
