// Command stripe-sandbox plays Stripe in a cluster where nobody has a key, as `make run` does in its one process.
//
// It keeps its books in memory: a pod that starts again knows of no charge, and refunds of older ones fail. With
// DATA_DIR it keeps them in a file. No money moves, and it must not be reachable from outside.
package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/gittix/ticketing/adapters/process"
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

func main() { config.Main(run) }

// run serves until ctx ends, and returns after it has stopped.
func run(ctx context.Context, values config.Values) error {
	p, err := start(values)
	if err != nil {
		return err
	}
	var failed error
	select {
	case <-ctx.Done():
	case failed = <-p.server.Failed():
	}
	return errors.Join(failed, p.stop())
}

// server is a sandbox that is served.
type server struct {
	settings settings
	sandbox  *stripeserver.Sandbox
	server   *process.Server
}

func start(values config.Values) (*server, error) {
	s, err := config.Parse[settings](values)
	if err != nil {
		return nil, err
	}
	log := telemetry.NewLogger(os.Stderr, s.LogLevel, s.LogText)
	books := stripeserver.Config{WebhookURL: s.WebhookURL, WebhookSecret: s.WebhookSecret, Logger: log}
	if s.DataDir != "" {
		books.Path = filepath.Join(s.DataDir, "stripe-sandbox.jsonl")
	}
	p := &server{settings: s}
	if p.sandbox, err = stripeserver.Open(books); err != nil {
		return nil, err
	}
	always := func(context.Context) error { return nil }
	handler := process.Probes(p.sandbox, func() bool { return true }, always, log)
	// A minute, for a card that says nothing for 30 s.
	if p.server, err = process.Serve("", s.Port, handler, log, time.Minute); err != nil {
		return nil, errors.Join(err, p.sandbox.Close(context.Background()))
	}
	return p, nil
}

// stop sends the requests that wait home, lets the others finish, and stops the webhooks: what of them is owed still
// is sent after the next start, with DATA_DIR.
func (p *server) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), p.settings.ShutdownTimeout)
	defer cancel()
	return errors.Join(p.sandbox.Close(ctx), p.server.Stop(ctx))
}
