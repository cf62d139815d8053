-- +goose Up
-- Tickets that were taken leave entries behind in the indexes of free ones, mostly of the newest, where every list begins. By default a million
-- tickets have 200,000 of them before they are cleaned up.
ALTER TABLE tickets SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE holds SET (autovacuum_vacuum_scale_factor = 0.01);
