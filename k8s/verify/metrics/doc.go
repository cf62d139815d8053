// Package metrics holds the component monitoring to the code: each metric, label and known value that its
// rules and dashboards name is one that a service, or a known exporter, has; each alert fires when it should, by
// Prometheus' own engine, and has its runbook; each dashboard can be read.
//
// It has tests only.
package metrics
