-- +goose Up

-- The day on which something begins, by the clock of its place: what those who look for a day mean. A zone that this server does not know counts as UTC.
-- By a setting, not by AT TIME ZONE: to that, CET is an abbreviation, an hour from UTC in summer, too.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION day_at(at timestamptz, zone text) RETURNS date LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('TimeZone');
    day date;
BEGIN
    PERFORM set_config('TimeZone', coalesce(nullif(zone, ''), 'UTC'), true);
    day := at::date;
    PERFORM set_config('TimeZone', before, true);
    RETURN day;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN (at AT TIME ZONE 'UTC')::date;
END
$$;
-- +goose StatementEnd

ALTER TABLE tickets ADD COLUMN IF NOT EXISTS starts_on date; -- null: no date is given, or 00164_days_old.sql is under way

-- A trigger, so that what old replicas store is found, too.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION note_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.starts_on := day_at(NEW.starts_at, NEW.time_zone);
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE OR REPLACE TRIGGER note_day BEFORE INSERT OR UPDATE OF starts_at, time_zone ON tickets FOR EACH ROW EXECUTE FUNCTION note_day();
