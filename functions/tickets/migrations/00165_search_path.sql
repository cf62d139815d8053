-- +goose Up
-- A dump of data alone is loaded with an empty search_path, and these triggers run meanwhile.
ALTER FUNCTION fold_title() SET search_path FROM CURRENT;
ALTER FUNCTION note_day() SET search_path FROM CURRENT;
