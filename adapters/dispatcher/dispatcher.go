// Package dispatcher is the process that stays awake for handlers that sleep: Lambdas, and Knative services at zero.
//
// It relays the outboxes of the services to the bus, and holds the consumers' durable queue groups: each
// event goes to the consumer's target, a Lambda function or an HTTP address, or to a Knative Broker for all.
//
// Its promises: an event leaves the bus for a consumer only when the target has confirmed it; a target that
// is away is asked again for ever, with back-off; what a consumer failed too often is handed to it once more
// as a dead letter (the event with function.DeadReason), so that every dead letter lies with its
// service, where it is listed and replayed like any other. An outbox needs no right in its database but
// SELECT, and UPDATE of sent_at, on the table outbox. Any number of dispatchers may run at once; one that is
// killed loses nothing, and one that is told to stop finishes what is under way.
package dispatcher

import (
	"context"
	"errors"
	"os"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/telemetry"
)

// Main runs a dispatcher until SIGTERM or SIGINT, and ends the process with status 1 if it fails.
func Main() { config.Main(Run) }

// Run runs a dispatcher until ctx ends, and returns after it has stopped.
func Run(ctx context.Context, values config.Values) error {
	settings, err := config.Parse[Settings](values)
	if err != nil {
		return err
	}
	p, err := start(ctx, settings, telemetry.NewLogger(os.Stderr, settings.Process.LogLevel, settings.Process.LogText))
	if err != nil {
		return err
	}
	var failed error
	select {
	case <-ctx.Done():
	case failed = <-p.api.Failed():
	case failed = <-p.metrics.Failed():
	}
	p.log.Info("stopping")
	return errors.Join(failed, p.stop())
}
