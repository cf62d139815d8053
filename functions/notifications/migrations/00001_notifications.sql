-- +goose Up
-- Users, copied from auth: whom to write to.
CREATE TABLE accounts (
    user_id   integer PRIMARY KEY,
    email     text    NOT NULL,
    confirmed boolean NOT NULL,
    version   integer NOT NULL
);

-- What is to be sent, and what was.
CREATE TABLE deliveries (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel      text        NOT NULL,                   -- mail, webhook
    target       text        NOT NULL,                   -- whom it goes to, such as user/5: those of one target are sent one after another
    kind         text        NOT NULL,
    key          text        NOT NULL UNIQUE,            -- so that what caused it causes it once
    data         jsonb       NOT NULL,                   -- for the text of it
    consumer     text        NOT NULL,                   -- the function that asked for it, and the event that it handled: the dead letter, if this is given up
    event        bytea       NOT NULL,
    state        text        NOT NULL DEFAULT 'waiting', -- waiting, sent, dropped (not of use any more), dead (given up)
    due_at       timestamptz NOT NULL,                   -- the next attempt
    until        timestamptz NOT NULL,                   -- the last one
    leased_until timestamptz,                            -- an attempt may be under way
    attempts     integer     NOT NULL DEFAULT 0,
    reason       text        NOT NULL DEFAULT '',        -- of the last failure
    created_at   timestamptz NOT NULL,
    ended_at     timestamptz
);
CREATE INDEX deliveries_due ON deliveries (channel, due_at, id) WHERE state = 'waiting';
CREATE INDEX deliveries_leased ON deliveries (target) WHERE leased_until IS NOT NULL;
CREATE INDEX deliveries_ended ON deliveries (ended_at) WHERE ended_at IS NOT NULL;

-- Orders and tickets, copied as far as mails need them.
CREATE TABLE orders (
    id         integer PRIMARY KEY,
    user_id    integer     NOT NULL,
    status     text        NOT NULL,
    refunded   boolean     NOT NULL, -- all of its money went back
    expires_at timestamptz NOT NULL,
    version    integer     NOT NULL
);
CREATE TABLE tickets (
    id         integer PRIMARY KEY,
    user_id    integer     NOT NULL,
    status     text        NOT NULL,
    over       boolean     NOT NULL, -- withdrawn or sold: nobody can order it any more
    released   integer     NOT NULL, -- the version in which it became free, 0: it has been free from the start, or is not free
    starts_at  timestamptz,
    time_zone  text        NOT NULL,
    venue      text        NOT NULL,
    version    integer     NOT NULL,
    copied_at  timestamptz NOT NULL DEFAULT now()
);

-- Who waits for a ticket to be free again, in the order of their coming.
CREATE TABLE waiting (
    ticket_id integer     NOT NULL,
    user_id   integer     NOT NULL,
    place     bigint      GENERATED ALWAYS AS IDENTITY,
    joined_at timestamptz NOT NULL,
    PRIMARY KEY (ticket_id, user_id)
);
CREATE INDEX waiting_user ON waiting (user_id);

-- Who wants no mails but those that have to be.
CREATE TABLE unsubscribed (
    user_id integer PRIMARY KEY,
    at      timestamptz NOT NULL
);
