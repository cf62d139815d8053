-- +goose NO TRANSACTION

-- +goose Up
-- What is on sale and to come, in each order that it is shown in. Only those with a date, or a category, are in the indexes by these.
DROP INDEX CONCURRENTLY IF EXISTS catalog_newest; -- what an attempt that failed has left
CREATE INDEX CONCURRENTLY catalog_newest ON tickets (id) WHERE NOT sold AND NOT withdrawn AND NOT over;
DROP INDEX CONCURRENTLY IF EXISTS catalog_price;
CREATE INDEX CONCURRENTLY catalog_price ON tickets (price, id) WHERE NOT sold AND NOT withdrawn AND NOT over;
DROP INDEX CONCURRENTLY IF EXISTS catalog_date;
CREATE INDEX CONCURRENTLY catalog_date ON tickets (starts_at, id) WHERE NOT sold AND NOT withdrawn AND NOT over AND starts_at IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS catalog_category_newest;
CREATE INDEX CONCURRENTLY catalog_category_newest ON tickets (category, id) WHERE NOT sold AND NOT withdrawn AND NOT over AND category <> '';
DROP INDEX CONCURRENTLY IF EXISTS catalog_category_price;
CREATE INDEX CONCURRENTLY catalog_category_price ON tickets (category, price, id) WHERE NOT sold AND NOT withdrawn AND NOT over AND category <> '';
DROP INDEX CONCURRENTLY IF EXISTS catalog_category_date;
CREATE INDEX CONCURRENTLY catalog_category_date ON tickets (category, starts_at, id) WHERE NOT sold AND NOT withdrawn AND NOT over AND category <> '' AND starts_at IS NOT NULL;
