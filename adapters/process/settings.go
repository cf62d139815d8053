package process

import (
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/gittix/ticketing/adapters/tracing"
	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/function"
)

// Common are the settings of every process that runs services.
type Common struct {
	Port            uint16           `env:"PORT" envDefault:"8080"`            // of HTTP
	Functions       string           `env:"FUNCTIONS"`                         // names of the functions to run, with commas between; empty: all, as the dispatcher and `make run` need it
	LogLevel        slog.Level       `env:"LOG_LEVEL" envDefault:"INFO"`       // DEBUG, INFO, WARN or ERROR
	LogText         bool             `env:"LOG_TEXT" envDefault:"false"`       // text instead of JSON
	RequestTimeout  time.Duration    `env:"REQUEST_TIMEOUT" envDefault:"15s"`  // of one HTTP request
	MaxInFlight     int              `env:"MAX_IN_FLIGHT" envDefault:"128"`    // requests that run at the same time in one service; more get 503 with Retry-After; eight times as many connections may be open
	Secure          bool             `env:"SESSION_SECURE" envDefault:"true"`  // false: the site and the API are also served without TLS
	ShutdownTimeout time.Duration    `env:"SHUTDOWN_TIMEOUT" envDefault:"25s"` // from SIGTERM to the end
	Origins         function.Origins `env:"TRUSTED_ORIGINS"`                   // https://… of the site, with commas between several: where a proxy hides the host that browsers ask for
	Mount           function.Mount
	Traces          tracing.Settings
}

// Settings of a process that consumes and sends events by itself.
type Settings struct {
	Common
	MetricsPort   uint16        `env:"METRICS_PORT" envDefault:"9090"`     // of /metrics, for Prometheus
	BusURL        string        `env:"BUS_URL"`                            // stan://host:port/cluster or jetstream://host:port; of functions on Lambda sns:///arn:aws:sns:region:account:topic: they send their events themselves, before they answer
	AckWait       time.Duration `env:"BUS_ACK_WAIT" envDefault:"10s"`      // for a consumer to handle an event, before it comes again
	MaxDeliveries int           `env:"BUS_MAX_DELIVERIES" envDefault:"10"` // failures before an event goes to the dead letters
	GiveUp        time.Duration `env:"BUS_GIVE_UP" envDefault:"24h"`       // age from which an event also goes to the dead letters if its consumer is away, or lacks what it depends on
	Concurrency   int           `env:"BUS_CONCURRENCY" envDefault:"16"`    // events that one consumer handles at once, each by itself; of those that it handles together, such as copies, there may be 256
	DrainDelay    time.Duration `env:"DRAIN_DELAY" envDefault:"0s"`        // from "unready" to the last accepted request, for balancers to notice
}

// Validate checks the ranges.
func (c *Common) Validate() error {
	if c.RequestTimeout <= 0 || c.ShutdownTimeout <= 0 {
		return errors.New("REQUEST_TIMEOUT and SHUTDOWN_TIMEOUT must be above 0")
	}
	if c.MaxInFlight < 1 {
		return errors.New("MAX_IN_FLIGHT must be at least 1")
	}
	return nil
}

// Validate checks the ranges.
func (s *Settings) Validate() error {
	if s.DrainDelay < 0 || s.DrainDelay >= s.ShutdownTimeout {
		return errors.New("DRAIN_DELAY must be at least 0 and below SHUTDOWN_TIMEOUT")
	}
	if s.AckWait < time.Second || s.MaxDeliveries < 1 || s.Concurrency < 1 || s.GiveUp <= 0 {
		return errors.New("BUS_ACK_WAIT must be at least 1s, BUS_MAX_DELIVERIES and BUS_CONCURRENCY at least 1, BUS_GIVE_UP above 0")
	}
	return nil
}

// Connections is how many may be open at the same time: many more than run, so that those who are refused hear it.
func (c Common) Connections() int { return 8 * c.MaxInFlight }

// Names returns the functions that FUNCTIONS selects, or nil for all.
func (c Common) Names() []string {
	return strings.FieldsFunc(c.Functions, func(r rune) bool { return r == ',' || r == ' ' })
}

func (s Settings) busOptions(log *slog.Logger) bus.Options {
	return bus.Options{Logger: log, AckWait: s.AckWait, MaxDeliveries: s.MaxDeliveries, GiveUp: s.GiveUp, Concurrency: s.Concurrency}
}
