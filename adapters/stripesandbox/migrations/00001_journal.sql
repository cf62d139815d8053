-- +goose Up
CREATE TABLE journal (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    change text NOT NULL -- what one request did, as JSON
);

-- +goose Down
DROP TABLE journal;
