-- +goose Up

-- Text as it is compared in searches: in lower case, without the accents of Latin, Greek and Cyrillic letters, and with
-- one form of what has several.
-- +goose StatementBegin
CREATE FUNCTION fold(t text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT normalize(regexp_replace(normalize(replace(lower(t), 'ß', 'ss'), NFKD), '[\u0300-\u036f]', '', 'g'), NFKC)
$$;
-- +goose StatementEnd

ALTER TABLE tickets ADD COLUMN search text; -- the title, folded; null: not yet, 00032_search_old.sql is under way

-- A trigger, so that what old replicas store is found, too.
-- +goose StatementBegin
CREATE FUNCTION fold_title() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := fold(NEW.title);
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER fold_title BEFORE INSERT OR UPDATE OF title ON tickets FOR EACH ROW EXECUTE FUNCTION fold_title();
