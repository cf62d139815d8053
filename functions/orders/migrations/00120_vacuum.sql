-- +goose Up
-- Orders that have ended leave entries behind in the indexes of open ones, through which every sweep and every new order goes. By default a million
-- orders have 200,000 of them before they are cleaned up.
ALTER TABLE orders SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02);
