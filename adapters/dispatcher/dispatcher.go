// Package dispatcher is the process that stays running for handlers that sleep: Lambdas, and Knative services at zero.
//
// It relays the outboxes of the services to the bus, and holds the consumers' durable queue groups: each
// event goes to the consumer's target, a Lambda function or an HTTP address, or to a Knative Broker for all.
//
// Its promises: an event leaves the bus for a consumer only when the target has confirmed it; what a gateway on the way says
// is no consumer's answer, and is tried again, with back-off; an event that a consumer itself failed too often, or that could not be
// brought for longer than BUS_GIVE_UP, is handed to it as a dead letter (the event with function.DeadReason), so that every dead letter
// is stored by its service, where it is listed and replayed like any other; until the service has it, it stays on the bus. An outbox needs no right in its database but
// SELECT, and UPDATE of sent_at, on the table outbox. Any number of dispatchers may run at once; one that is
// killed loses nothing, and one that is stopped finishes what is under way.
package dispatcher

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/telemetry"
)

// Main runs a dispatcher until SIGTERM or SIGINT, and ends the process with status 1 if it fails. With the argument healthy it asks
// the dispatcher of the same container whether it is ready, for ECS: the image has no shell.
func Main() {
	if len(os.Args) == 2 && os.Args[1] == "healthy" {
		config.Main(healthy)
		return
	}
	config.Main(Run)
}

// healthy returns nil while the dispatcher with these settings is ready.
func healthy(ctx context.Context, values config.Values) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	address := net.JoinHostPort("127.0.0.1", cmp.Or(values["PORT"], "8080"))
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/api/healthz", http.NoBody)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("not ready: %s", resp.Status)
	}
	return errors.Join(err, resp.Body.Close())
}

// Run runs a dispatcher until ctx ends, and returns after it has stopped.
func Run(ctx context.Context, values config.Values) error {
	settings, err := config.Parse[Settings](values)
	if err != nil {
		return err
	}
	host, err := open(ctx, settings, telemetry.NewLogger(os.Stderr, settings.Process.LogLevel, settings.Process.LogText))
	if err != nil {
		return err
	}
	return host.Run(ctx)
}

// open makes a dispatcher, which is a host of services that are outboxes and nothing else. It is ready while it reaches the bus
// and every outbox; targets may sleep.
func open(ctx context.Context, settings Settings, log *slog.Logger) (*process.Host, error) {
	routes, err := settings.routes(ctx)
	if err != nil {
		return nil, err
	}
	metrics := newMetrics()
	outboxes, err := settings.outboxes(metrics)
	if err != nil {
		return nil, err
	}
	host, err := process.Open(process.New(settings.Process.ShutdownTimeout, log), "dispatcher", settings.Process, outboxes...)
	if err != nil {
		return nil, err
	}
	if err := host.Registry.Register(metrics); err != nil {
		return nil, err
	}
	host.Add("metrics", host.ServeMetrics)
	host.Add("bus", host.Connect)
	host.Add("api", host.ServeAPI(host.Probes(http.HandlerFunc(notFound)), nil))
	host.Add("relays", host.Work) // its stop ends the deliveries, too
	host.Add("deliveries", func(context.Context) (process.Stop, error) {
		pausing, end := context.WithCancel(context.Background())
		for _, r := range routes {
			d := &deliverer{r, make(chan struct{}, settings.Process.Concurrency), pausing.Done(), metrics}
			for _, subject := range r.types {
				if err := host.Bus.Subscribe(d.subscription(subject)); err != nil {
					end()
					return nil, fmt.Errorf("config: consumer %s: %w", r.consumer, err)
				}
			}
		}
		return func(context.Context) error { end(); return nil }, nil
	})
	return host, nil
}

func notFound(w http.ResponseWriter, _ *http.Request) { apierror.Write(w, apierror.ErrNotFound) }
