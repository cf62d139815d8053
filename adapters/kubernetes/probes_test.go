package kubernetes

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/jetstreamserver"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
)

// TestStartsBeforeWhatItStandsOn: without database and bus a process lives and is not ready; it becomes so
// when they come, in whatever order, and again after each was away.
func TestStartsBeforeWhatItStandsOn(t *testing.T) {
	t.Parallel()
	database := pgtest.Server(t)
	dir := t.TempDir()
	busAt := func(port int) *jetstreamserver.Server {
		server, err := jetstreamserver.Start(jetstreamserver.Config{Dir: dir, Port: port})
		if err != nil {
			t.Fatal(err)
		}
		return server
	}
	server := busAt(0)
	busURL, port := server.URL(), portOf(t, server.Addr())
	server.Stop()
	t.Cleanup(func() { server.Stop() }) // whichever runs by then, after the process
	if err := database.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}

	p := started(t, newEcho(t, database.URL("postgres")).service(), config.Values{"BUS_URL": busURL})
	alive := func() { answers(t, http.MethodGet, p.api.URL()+"/health", http.StatusOK, "OK") }
	alive()
	answers(t, http.MethodGet, p.api.URL()+"/api/healthz", http.StatusServiceUnavailable, `{"status":"error"}`)
	early := answers(t, http.MethodPost, p.api.URL()+"/say", http.StatusServiceUnavailable, "Service unavailable.")
	if early.Header.Get("Retry-After") == "" {
		t.Error("503 does not say when to come again")
	}
	answers(t, http.MethodGet, p.metrics.URL()+"/metrics", http.StatusOK, "go_goroutines")

	if err := database.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	saysSoon(t, p) // the outbox needs no bus
	answers(t, http.MethodGet, p.api.URL()+"/api/healthz", http.StatusServiceUnavailable, "error")
	server = busAt(port)
	becomes(t, p, http.StatusOK)

	server.Stop()
	becomes(t, p, http.StatusServiceUnavailable)
	alive()
	server = busAt(port)
	becomes(t, p, http.StatusOK)
	if err := database.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	becomes(t, p, http.StatusServiceUnavailable)
	answers(t, http.MethodPost, p.api.URL()+"/say", http.StatusServiceUnavailable, "Service unavailable.")
	alive()
	if err := database.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	becomes(t, p, http.StatusOK)
}

// saysSoon waits until the service takes requests.
func saysSoon(t *testing.T, p *deployment) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		answer, body, err := request(ctx, http.MethodPost, p.api.URL()+"/say")
		if err == nil && answer.StatusCode == http.StatusOK {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%v, %s, %v", answer, body, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func portOf(t *testing.T, address string) int {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestMetricsHaveAPortOfTheirOwn(t *testing.T) {
	t.Parallel()
	p := started(t, newEcho(t, pgtest.Database(t)).service(), config.Values{"BUS_URL": newBus(t).URL()})
	becomes(t, p, http.StatusOK)
	answers(t, http.MethodGet, p.api.URL()+"/listen", http.StatusOK, "silence")
	answers(t, http.MethodGet, p.metrics.URL()+"/metrics", http.StatusOK, `ticketing_request_duration_seconds_count{function="listen",service="echo",status="200"} 1`)
	answers(t, http.MethodGet, p.api.URL()+"/metrics", http.StatusNotFound, "Not Found.")
	answers(t, http.MethodGet, p.metrics.URL()+"/listen", http.StatusNotFound, "")
}

// TestPortInUse: a process that cannot listen says so, and leaves nothing running.
func TestPortInUse(t *testing.T) {
	t.Parallel()
	p := started(t, newEcho(t, pgtest.Database(t)).service(), config.Values{"BUS_URL": newBus(t).URL()})
	taken := strconv.Itoa(portOf(t, strings.TrimPrefix(p.api.URL(), "http://")))
	for _, name := range []string{"PORT", "METRICS_PORT"} {
		values := config.Values{"BUS_URL": newBus(t).URL(), name: taken}
		other := newEcho(t, pgtest.Database(t))
		if _, err := start(other.service(), settings(t, values), slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), taken) {
			t.Errorf("%s in use: %v", name, err)
		}
	}
}
