// Package knative runs a service, or those of its functions that FUNCTIONS names, on Knative: as a function
// (Function, for `func deploy`) or as the container of a Knative Service (Main).
//
// It answers the service's endpoints, and:
//
//	POST /events/{consumer}   a CloudEvent, in binary or structured mode
//	POST /                    a CloudEvent for the only consumer, or else for the only one of its type
//	POST /schedules/{name}    one run of a schedule, from a PingSource or a CronJob
//	GET  /health              200 while the process lives
//	GET  /api/healthz         200 while the service can work
//
// Its promises: it starts without waiting for what it depends on, and answers 503 with Retry-After until the service has started;
// a panic is a 500 and does not end the process; told to stop, it finishes the requests, events and schedules under way, and
// ends within SHUTDOWN_TIMEOUT (func's main has limits of its own: 30 s for the requests, and then 30 s for Stop).
//
// Its processes come and go, so it subscribes to no bus, relays no outbox and has no clock: the dispatcher (or a Broker) and a
// PingSource (or a CronJob) do that. Who reaches /schedules may run them, and /events takes what is signed from anyone, so an ingress must route neither.
package knative

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// Settings of a process on Knative, for any service. Knative sets PORT. Its queue-proxy, in the same pod, takes the
// ports 8012, 8013, 8022, 8112, 9090 and 9091.
type Settings struct {
	process.Common
	MetricsPort uint16        `env:"METRICS_PORT" envDefault:"9095"`
	GiveUp      time.Duration `env:"BUS_GIVE_UP" envDefault:"24h"`
}

// Validate checks the ranges.
func (s *Settings) Validate() error {
	if s.GiveUp <= 0 {
		return errors.New("BUS_GIVE_UP must be above 0")
	}
	return nil
}

func (s Settings) process() process.Settings {
	return process.Settings{Common: s.Common, MetricsPort: s.MetricsPort}
}

// Main runs a service as the container of a Knative Service until SIGTERM or SIGINT, and ends the process with
// status 1 if it fails.
func Main(build function.New) {
	config.Main(func(ctx context.Context, values config.Values) error { return Run(ctx, build, values) })
}

// Run serves a service on PORT, in HTTP/1.1 and in HTTP/2 without TLS, and its metrics on METRICS_PORT, until
// ctx ends. It returns after it has stopped.
func Run(ctx context.Context, build function.New, values config.Values) error {
	_, host, err := open(build, values)
	if err != nil {
		return err
	}
	return host.Run(ctx)
}

// open makes a function with servers in front of it. Knative's queue-proxy has turned the traffic away before the container is
// told to stop, so there is no DRAIN_DELAY.
func open(build function.New, values config.Values) (*Function, *process.Host, error) {
	f := New(build)
	host, err := f.open(values)
	if err != nil {
		return nil, nil, err
	}
	host.Add("metrics", host.ServeMetrics)
	host.Add("api", host.ServeAPI(http.HandlerFunc(f.Handle), nil))
	return f, host, nil
}
