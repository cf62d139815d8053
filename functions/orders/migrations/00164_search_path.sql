-- +goose Up
-- A dump of data alone is loaded with an empty search_path, and this trigger runs meanwhile.
ALTER FUNCTION set_seller() SET search_path FROM CURRENT;
