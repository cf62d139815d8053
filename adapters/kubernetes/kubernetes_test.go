package kubernetes

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/adaptertest"
	"github.com/gittix/ticketing/adapters/tracing/tracingtest"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// TestServes: endpoints and metrics have a port each, a panic ends nothing, and what happens is counted. An event stays in the
// trace of the request that caused it, from the outbox to the consumer; spans that wait are sent at the stop.
func TestServes(t *testing.T) {
	t.Parallel()
	collector := tracingtest.Start(t)
	e := newEcho(t, pgtest.Database(t))
	host := started(t, e.service(), config.Values{"BUS_URL": newBus(t), "OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL})
	becomes(t, host, http.StatusOK)
	eventually(t, http.MethodPost, host.URL+"/say", http.StatusOK, "1")
	eventually(t, http.MethodGet, host.URL+"/panic", http.StatusInternalServerError, "Internal error.")
	eventually(t, http.MethodGet, host.URL+"/metrics", http.StatusNotFound, "Not Found.")
	eventually(t, http.MethodGet, host.MetricsURL+"/listen", http.StatusNotFound, "")
	if err := adaptertest.Wait(t, e.consumed); err != nil {
		t.Fatal(err)
	}
	eventually(t, http.MethodGet, host.MetricsURL+"/metrics", http.StatusOK,
		`ticketing_request_duration_seconds_count{function="say",service="echo",status="200"} 1`,
		`ticketing_panics_total{function="panic",service="echo"} 1`,
		`ticketing_events_sent_total{service="echo",type="tickets.created"} 1`,
		`ticketing_events_consumed_total{function="receive",outcome="done",service="echo"} 1`,
		`ticketing_consumer_in_flight{consumer="receive",service="echo"} 0`,
		`ticketing_outbox_unsent{service="echo"} 0`,
		`ticketing_dead_letters{service="echo"} 0`,
		`ticketing_postgres_connections{service="echo",state="max"} 10`, "go_goroutines")
	if err := host.Close(); err != nil {
		t.Fatal(err)
	}
	requests := collector.Spans(func(s tracingtest.Span) bool { return s.Name == "POST /say" })
	if len(requests) != 1 {
		t.Fatalf("%d spans of one request", len(requests))
	}
	for _, name := range []string{"INSERT INTO outbox, COMMIT", "send tickets.created", "receive"} {
		spans := collector.Spans(func(s tracingtest.Span) bool { return s.Name == name && s.Parent == requests[0].ID })
		if len(spans) != 1 || spans[0].Trace != requests[0].Trace || spans[0].Service != "echo" || spans[0].Ended.Before(spans[0].Started) {
			t.Errorf("%s: %+v", name, spans)
		}
	}
}

// TestFunctionsSelects: a process may run some of a service's functions, and still relays their events.
func TestFunctionsSelects(t *testing.T) {
	t.Parallel()
	e := newEcho(t, pgtest.Database(t))
	service, err := e.service().Select("say")
	if err != nil {
		t.Fatal(err)
	}
	host := started(t, service, config.Values{"BUS_URL": newBus(t)})
	becomes(t, host, http.StatusOK)
	eventually(t, http.MethodPost, host.URL+"/say", http.StatusOK, "1")
	eventually(t, http.MethodGet, host.URL+"/listen", http.StatusNotFound, "Not Found.")
	eventually(t, http.MethodGet, host.MetricsURL+"/metrics", http.StatusOK, `ticketing_events_sent_total{service="echo",type="tickets.created"} 1`)
	if len(e.received) > 0 {
		t.Error("a consumer that was not selected received it")
	}
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	build := func(config.Values) (function.Service, error) {
		return newEcho(t, "postgres://127.0.0.1:1/nowhere").service(), nil
	}
	for want, values := range map[string]config.Values{
		"BUS_URL is required": {},
		"BUS_URL":             {"BUS_URL": "nats://user:s3cret@h"},
		`"sing"`:              {"BUS_URL": "stan://h/c", "FUNCTIONS": "say,sing"},
		"PORT":                {"PORT": "http"},
		"SHUTDOWN_TIMEOUT":    {"SHUTDOWN_TIMEOUT": "0s", "DRAIN_DELAY": "-1s"},
		"DRAIN_DELAY":         {"DRAIN_DELAY": "25s"},
		"BUS_ACK_WAIT":        {"BUS_ACK_WAIT": "10ms"},
	} {
		err := Run(t.Context(), build, functiontest.EventKeys().With(config.Values{"EVENT_KEY_ECHO": functiontest.EventKey("echo"), "PORT": "0", "METRICS_PORT": "0", "LOG_LEVEL": "ERROR"}).With(values))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// TestPortInUse: a process that cannot listen says so, and leaves nothing running.
func TestPortInUse(t *testing.T) {
	t.Parallel()
	host := started(t, newEcho(t, pgtest.Database(t)).service(), config.Values{"BUS_URL": newBus(t)})
	taken := host.URL[strings.LastIndex(host.URL, ":")+1:]
	for _, name := range []string{"PORT", "METRICS_PORT"} {
		other, err := open(newEcho(t, "postgres://127.0.0.1:1/nowhere").service(), settings(t, config.Values{"BUS_URL": newBus(t), name: taken}), quiet)
		if err != nil {
			t.Fatal(err)
		}
		if err := other.Run(t.Context()); err == nil || !strings.Contains(err.Error(), taken) {
			t.Errorf("%s in use: %v", name, err)
		}
	}
}
