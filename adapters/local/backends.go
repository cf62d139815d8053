package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgserver"
	"github.com/gittix/ticketing/shared/embedded/redisserver"
	"github.com/gittix/ticketing/shared/embedded/stanserver"
	"github.com/gittix/ticketing/shared/embedded/stripeserver"
)

// backends are what the services stand on: embedded, or somebody else's.
type backends struct {
	BusURL      string
	DatabaseURL string // of the server; each service has a database of its own on it
	RedisURL    string
	Stripe      config.Values

	sandbox http.Handler // nil with a real Stripe
	about   []string     // a line about each, for people
	stops   []func(context.Context) error
}

// open starts what the settings do not name.
func open(ctx context.Context, s Settings, kept secrets, log *slog.Logger) (b *backends, err error) {
	b = &backends{BusURL: s.Process.BusURL, DatabaseURL: s.DatabaseURL, RedisURL: s.RedisURL}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.stop(context.WithoutCancel(ctx)))
		}
	}()
	for _, start := range []func(context.Context, Settings, secrets, *slog.Logger) error{b.postgres, b.bus, b.redis, b.stripe} {
		if err := start(ctx, s, kept, log); err != nil {
			return b, err
		}
	}
	return b, nil
}

// tell adds a line of the banner. Of a URL it shows no more than the host.
func (b *backends) tell(name, kind, where string) {
	b.about = append(b.about, fmt.Sprintf("%-11s %-9s %s", name, kind, where))
}

func host(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "?"
	}
	return u.Scheme + "://" + u.Host
}

func (b *backends) postgres(ctx context.Context, s Settings, _ secrets, log *slog.Logger) error {
	kind := "real"
	if b.DatabaseURL == "" {
		server, err := pgserver.Start(ctx, pgserver.Config{Dir: filepath.Join(s.DataDir, "postgres"), Durable: true, Logger: log})
		if err != nil {
			return err
		}
		b.stops = append(b.stops, server.Stop)
		b.DatabaseURL, kind = server.URL("postgres"), "embedded"
	}
	b.tell("PostgreSQL", kind, host(b.DatabaseURL))
	return nil
}

// database returns the URL of a service's own database, which it creates if need be.
func (b *backends) database(ctx context.Context, service string) (string, error) {
	u, err := url.Parse(b.DatabaseURL)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return "", errors.New("config: DATABASE_URL is not a valid postgres:// URL")
	}
	name := databaseName(strings.Trim(u.Path, "/"), service)
	server, err := pgxpool.ParseConfig(b.DatabaseURL) // the URL may carry a pool's parameters
	if err != nil {
		return "", errors.New("config: DATABASE_URL is not a valid postgres:// URL") // err repeats the URL
	}
	conn, err := pgx.ConnectConfig(ctx, server.ConnConfig)
	if err != nil {
		return "", fmt.Errorf("DATABASE_URL: %s cannot be reached", u.Host) // err repeats the user
	}
	defer conn.Close(ctx) //nolint:errcheck // what it was for is done
	var exists bool
	if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&exists); err != nil {
		return "", err
	}
	if !exists {
		if _, err := conn.Exec(ctx, `CREATE DATABASE `+pgx.Identifier{name}.Sanitize()); err != nil {
			return "", err
		}
	}
	return withDatabase(u, name), nil
}

func (b *backends) bus(_ context.Context, s Settings, _ secrets, log *slog.Logger) error {
	kind := "real"
	if b.BusURL == "" {
		server, err := stanserver.Start(stanserver.Config{Dir: filepath.Join(s.DataDir, "nats-streaming"), Sync: true, Logger: log})
		if err != nil {
			return err
		}
		b.stops = append(b.stops, func(context.Context) error { server.Stop(); return nil })
		b.BusURL, kind = server.URL(), "embedded"
	}
	b.tell("Bus", kind, host(b.BusURL))
	return nil
}

func (b *backends) redis(ctx context.Context, s Settings, _ secrets, log *slog.Logger) error {
	kind := "real"
	if b.RedisURL == "" {
		server, err := redisserver.Start(ctx, redisserver.Config{Dir: filepath.Join(s.DataDir, "redis"), Logger: log})
		if err != nil {
			return err
		}
		b.stops = append(b.stops, server.Stop)
		b.RedisURL, kind = server.URL(), "embedded"
		if !server.Real() {
			kind = "miniredis"
		}
	}
	b.tell("Redis", kind, host(b.RedisURL))
	return nil
}

func (b *backends) stripe(_ context.Context, s Settings, kept secrets, log *slog.Logger) error {
	if s.StripeKey != "" {
		b.Stripe = config.Values{"STRIPE_SECRET_KEY": s.StripeKey, "STRIPE_API_URL": s.StripeURL, "STRIPE_WEBHOOK_SECRET": s.StripeSecret}
		b.tell("Stripe", "real", "")
		return nil
	}
	sandbox, err := stripeserver.Open(stripeserver.Config{
		Path:          filepath.Join(s.DataDir, "stripe-sandbox.jsonl"),
		WebhookURL:    fmt.Sprintf("http://127.0.0.1:%d/api/payments/webhook", s.Process.Port),
		WebhookSecret: kept.Webhook, Logger: log,
	})
	if err != nil {
		return err
	}
	server, err := process.Serve("127.0.0.1", 0, sandbox, log, time.Minute)
	if err != nil {
		return errors.Join(err, sandbox.Close(context.Background()))
	}
	b.stops = append(b.stops, func(ctx context.Context) error { return errors.Join(sandbox.Close(ctx), server.Stop(ctx)) })
	b.sandbox = sandbox
	b.Stripe = config.Values{"STRIPE_SECRET_KEY": "sk_test_sandbox", "STRIPE_API_URL": server.URL(), "STRIPE_WEBHOOK_SECRET": kept.Webhook}
	b.tell("Stripe", "sandbox", server.URL()+"  (no money moves; cards: tok_visa, tok_chargeDeclined …)")
	return nil
}

// stop stops what open has started, last first.
func (b *backends) stop(ctx context.Context) error {
	var errs []error
	for i := len(b.stops) - 1; i >= 0; i-- {
		errs = append(errs, b.stops[i](ctx))
	}
	return errors.Join(errs...)
}

// prepareDataDir makes the folder, for this user alone.
func prepareDataDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("DATA_DIR: %w", err)
	}
	return nil
}
