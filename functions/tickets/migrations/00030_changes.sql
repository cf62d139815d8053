-- +goose Up
-- How many changes of tickets a user has made within the hour that began with the first of them.
CREATE TABLE changes (
    user_id integer     PRIMARY KEY,
    count   integer     NOT NULL,
    ends_at timestamptz NOT NULL
);
