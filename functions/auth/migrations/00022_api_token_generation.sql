-- +goose Up
-- Of its user's sessions, when it was made: a token of an earlier generation has ended. NULL: made by a replica of before, which knows none.
ALTER TABLE api_tokens ADD COLUMN generation integer;
UPDATE api_tokens t SET generation = u.session_generation FROM users u WHERE u.id = t.user_id;
