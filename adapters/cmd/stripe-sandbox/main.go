// Command stripe-sandbox plays Stripe in a cluster without a Stripe key, as `make run` does in its one process; and on AWS Lambda, as
// package stripesandbox has it.
//
// In a cluster it keeps its ledger in memory: a pod that starts again knows of no charge, and refunds of older ones fail. With
// DATA_DIR it keeps the ledger in a file. No money moves, and it must not be reachable from outside.
package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/gittix/ticketing/adapters/lambda"
	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/adapters/stripesandbox"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/stripeserver"
	"github.com/gittix/ticketing/shared/telemetry"
)

type settings struct {
	Port            uint16        `env:"PORT" envDefault:"8080"`
	DataDir         string        `env:"DATA_DIR"`              // a folder that is there; empty: in memory
	WebhookURL      string        `env:"STRIPE_WEBHOOK_URL"`    // of payments; empty: payments asks
	WebhookSecret   string        `env:"STRIPE_WEBHOOK_SECRET"` // the same as payments'; with STRIPE_WEBHOOK_URL only
	LogLevel        slog.Level    `env:"LOG_LEVEL" envDefault:"INFO"`
	LogText         bool          `env:"LOG_TEXT" envDefault:"false"`
	ShutdownTimeout time.Duration `env:"SHUTDOWN_TIMEOUT" envDefault:"25s"`
}

// Validate checks the range.
func (s settings) Validate() error {
	if s.ShutdownTimeout <= 0 {
		return errors.New("SHUTDOWN_TIMEOUT must be above 0")
	}
	return nil
}

func main() {
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" {
		lambda.Main(stripesandbox.New, lambda.AWS{})
		return
	}
	config.Main(run)
}

// run serves until ctx ends, and returns after it has stopped.
func run(ctx context.Context, values config.Values) error {
	s, err := open(values)
	if err != nil {
		return err
	}
	return s.Run(ctx)
}

// server is the process that plays Stripe.
type server struct {
	*process.Lifecycle
	sandbox *stripeserver.Sandbox
	url     string
}

func open(values config.Values) (*server, error) {
	settings, err := config.Parse[settings](values)
	if err != nil {
		return nil, err
	}
	log := telemetry.NewLogger(os.Stderr, settings.LogLevel, settings.LogText)
	s := &server{Lifecycle: process.New(settings.ShutdownTimeout, log)}
	s.Add("sandbox", func(context.Context) (process.Stop, error) { return s.serve(settings) })
	return s, nil
}

// serve starts the sandbox. Its stop answers the requests that wait, lets the others finish, and ends the webhooks: with
// DATA_DIR, those that are not delivered yet are sent after the next start.
func (s *server) serve(settings settings) (process.Stop, error) {
	sandbox := stripeserver.Config{WebhookURL: settings.WebhookURL, WebhookSecret: settings.WebhookSecret, Logger: s.Log}
	if settings.DataDir != "" {
		sandbox.Path = filepath.Join(settings.DataDir, "stripe-sandbox.jsonl")
	}
	listener, err := process.Listen("", settings.Port)
	if err != nil {
		return nil, err
	}
	if s.sandbox, err = stripeserver.Open(sandbox); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	s.url = process.URL(listener)
	ready := func(context.Context) error { return nil }
	stop := s.Serve(listener, process.Probes(s.sandbox, ready, s.Log), time.Minute, 1024) // some cards say nothing for 30 s
	return func(ctx context.Context) error { return errors.Join(s.sandbox.Close(ctx), stop(ctx)) }, nil
}
