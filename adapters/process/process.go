// Package process is what every process that stays is made of: HTTP servers, probes, metrics, and the worker that
// runs a service's consumers, relay and schedules.
package process
