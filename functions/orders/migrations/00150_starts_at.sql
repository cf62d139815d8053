-- +goose Up
ALTER TABLE tickets ADD COLUMN starts_at timestamptz(3); -- of what it is for; null: its seller has not said so
