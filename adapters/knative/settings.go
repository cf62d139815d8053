package knative

import (
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/gittix/ticketing/adapters/tracing"
)

// Settings of a process on Knative, whatever service it runs.
//
// METRICS_PORT is none of those that Knative's queue-proxy, in the same pod, takes: 8012, 8013, 8022, 8112, 9090
// and 9091.
type Settings struct {
	Port            uint16        `env:"PORT" envDefault:"8080"` // Knative sets it
	MetricsPort     uint16        `env:"METRICS_PORT" envDefault:"9095"`
	Functions       string        `env:"FUNCTIONS"` // names with commas between; empty: all
	LogLevel        slog.Level    `env:"LOG_LEVEL" envDefault:"INFO"`
	LogText         bool          `env:"LOG_TEXT" envDefault:"false"`       // text instead of JSON
	RequestTimeout  time.Duration `env:"REQUEST_TIMEOUT" envDefault:"15s"`  // of one request, event or tick
	ShutdownTimeout time.Duration `env:"SHUTDOWN_TIMEOUT" envDefault:"25s"` // from SIGTERM to the end
	Traces          tracing.Settings
}

// Validate checks the ranges.
func (s *Settings) Validate() error {
	if s.RequestTimeout <= 0 || s.ShutdownTimeout <= 0 {
		return errors.New("REQUEST_TIMEOUT and SHUTDOWN_TIMEOUT must be above 0")
	}
	return nil
}

func (s Settings) names() []string {
	return strings.FieldsFunc(s.Functions, func(r rune) bool { return r == ',' || r == ' ' })
}
