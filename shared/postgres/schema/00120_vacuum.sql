-- +goose Up
-- Events that were sent leave entries behind in outbox_unsent, through which every look for unsent ones goes. By default a million events have 200,000 of
-- them before they are cleaned up.
ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02);
