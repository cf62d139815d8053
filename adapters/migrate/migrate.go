// Package migrate prepares the databases of all services on one PostgreSQL server: before the first deploy,
// and before every one that changes a schema.
//
// Its promises: each service has a database and a role of its own, which owns that database and may enter no
// other; the dispatcher's role may read every outbox and mark it sent, and sees nothing else; migrations run
// as the service's own role, so nothing needs more rights later than it had then. It may be run at any time,
// again and again: it changes what differs (passwords too), and nothing else. A server that is not there
// yet is waited for; a mistake ends it at once.
package migrate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	runtime "github.com/aws/aws-lambda-go/lambda"

	"github.com/gittix/ticketing/adapters/lambda/jsonlog"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/telemetry"
)

const (
	within     = 10 * time.Minute // of a command; a Lambda has its own deadline
	firstPause = 200 * time.Millisecond
	longPause  = 5 * time.Second
)

// Main runs once, and ends the process with status 1 if it fails; on Lambda it serves CloudFormation.
func Main() {
	config.Main(func(ctx context.Context, values config.Values) error {
		log := telemetry.NewLogger(os.Stderr, slog.LevelInfo, false)
		run := func(ctx context.Context) (map[string]string, error) { return Run(ctx, values, log) }
		if values["AWS_LAMBDA_RUNTIME_API"] != "" {
			log = jsonlog.New(os.Stderr, slog.LevelInfo, new(atomic.Value))
			slog.SetLogLoggerLevel(slog.LevelError)
			slog.SetDefault(log)
			runtime.Start(CustomResource(run))
		}
		ctx, cancel := context.WithTimeout(ctx, within)
		defer cancel()
		_, err := run(ctx)
		return err
	})
}

// Run brings the server to the state that the settings describe, and returns what is derived: secrets from a seed, if there is one, and public keys.
// Errors: settings that are missing or malformed; what PostgreSQL refuses; a server that stayed unavailable until ctx ended.
func Run(ctx context.Context, values config.Values, log *slog.Logger) (derived map[string]string, err error) {
	settings, err := config.Parse[Settings](values)
	if err != nil {
		return nil, err
	}
	if derived, err = settings.attributes(); err != nil {
		return nil, err
	}
	plan, err := settings.plan()
	if err != nil {
		return nil, err
	}
	admin, err := postgres.Open(settings.AdminURL)
	if err != nil {
		return nil, errors.New("config: MIGRATE_ADMIN_URL is not a valid postgres:// URL")
	}
	defer admin.Close()
	for _, d := range plan {
		if err := retry(ctx, log, d.Name, func() error { return d.prepare(ctx, admin) }); err != nil {
			return nil, fmt.Errorf("migrate: %s: %w", d.Name, err)
		}
		log.InfoContext(ctx, "database is up to date", "service", d.Name)
	}
	return derived, nil
}

// prepare makes the roles and the database, brings its tables up to date, and gives the dispatcher its rights on the outbox.
func (d database) prepare(ctx context.Context, admin *postgres.DB) error {
	if err := d.create(ctx, admin); err != nil {
		return err
	}
	service, err := d.New(config.Values{"DATABASE_URL": d.owner.url}) // no handler runs here, so none gets its secrets
	if err != nil {
		return err
	}
	defer service.Stop()
	if err := service.Start(ctx); err != nil {
		return err
	}
	return d.openOutbox(ctx, admin)
}

// retry calls prepare again for as long as the server is unavailable.
func retry(ctx context.Context, log *slog.Logger, service string, prepare func() error) error {
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		err := prepare()
		if err == nil || !apierror.From(err).Temporary() || postgres.Mistaken(err) {
			return err
		}
		log.WarnContext(ctx, "the database is unavailable", "service", service, "error", err)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return err
		}
	}
}
