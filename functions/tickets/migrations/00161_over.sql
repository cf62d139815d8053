-- +goose Up
ALTER TABLE tickets ADD COLUMN IF NOT EXISTS over boolean NOT NULL DEFAULT false; -- what it is for has begun; noted some time after that
