-- +goose Up
-- A paid order stays paid: then its ticket is sold. Of orders that were paid before, their next event tells, or one that is sent again.
ALTER TABLE holds ADD COLUMN IF NOT EXISTS paid boolean NOT NULL DEFAULT false;
ALTER TABLE tickets ADD COLUMN IF NOT EXISTS sold boolean NOT NULL DEFAULT false;
