-- +goose Up
-- Made when the event is stored. Rows of before have neither: their id is seq, and the service signs them when it relays or replays them.
ALTER TABLE outbox ADD COLUMN event_id text, ADD COLUMN signature text;
