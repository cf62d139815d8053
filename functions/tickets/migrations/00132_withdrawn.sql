-- +goose Up
ALTER TABLE tickets ADD COLUMN IF NOT EXISTS withdrawn boolean NOT NULL DEFAULT false; -- by its seller
