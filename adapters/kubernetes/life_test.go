package kubernetes

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/adaptertest"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/jetstreamserver"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
)

// TestStartsInAnyOrder: a process without its database lives and is not ready; it becomes so when the database comes, and again
// after each outage. It needs no bus to answer requests, and a metric says whether it has one. Metrics that a database answers are
// left out during its outage.
func TestStartsInAnyOrder(t *testing.T) {
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
	busURL := server.URL()
	port, err := strconv.Atoi(busURL[strings.LastIndex(busURL, ":")+1:])
	if err != nil {
		t.Fatal(err)
	}
	server.Stop()
	t.Cleanup(func() { server.Stop() }) // the one that runs by then, after the process
	stop := func() {
		t.Helper()
		if err := database.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	restart := func() {
		t.Helper()
		if err := database.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}

	stop()
	host := started(t, newEcho(t, database.URL("postgres")).service(), config.Values{"BUS_URL": busURL})
	metrics, say := host.MetricsURL+"/metrics", host.URL+"/say"
	eventually(t, http.MethodGet, host.URL+"/health", http.StatusOK, "OK")
	becomes(t, host, http.StatusServiceUnavailable)
	if early := eventually(t, http.MethodPost, say, http.StatusServiceUnavailable, "Service unavailable."); early.Header.Get("Retry-After") == "" {
		t.Error("503 does not say when to come again")
	}
	restart()
	eventually(t, http.MethodPost, say, http.StatusOK, "1")
	becomes(t, host, http.StatusOK)
	for range 2 {
		eventually(t, http.MethodGet, metrics, http.StatusOK, `ticketing_bus_connected{service="echo"} 0`)
		server = busAt(port)
		eventually(t, http.MethodGet, metrics, http.StatusOK, `ticketing_bus_connected{service="echo"} 1`)
		server.Stop()
	}
	eventually(t, http.MethodGet, metrics, http.StatusOK, `ticketing_bus_connected{service="echo"} 0`)
	becomes(t, host, http.StatusOK)
	server = busAt(port)
	eventually(t, http.MethodGet, metrics, http.StatusOK, `ticketing_outbox_unsent{service="echo"} 0`)

	stop()
	becomes(t, host, http.StatusServiceUnavailable)
	eventually(t, http.MethodPost, say, http.StatusServiceUnavailable, "Service unavailable.")
	eventually(t, http.MethodGet, host.URL+"/health", http.StatusOK, "OK")
	_, page, err := request(t.Context(), http.MethodGet, metrics)
	if err != nil || !strings.Contains(page, "ticketing_postgres_connections") || strings.Contains(page, "\nticketing_outbox") || strings.Contains(page, "\nticketing_dead_letters") {
		t.Errorf("metrics without a database: %v\n%s", err, page)
	}
	restart()
	becomes(t, host, http.StatusOK)
}

// TestOverload: what a process cannot take any more it refuses at once, and says when to come again; its probes and metrics answer as ever.
func TestOverload(t *testing.T) {
	t.Parallel()
	e := newEcho(t, pgtest.Database(t))
	e.request = make(chan struct{})
	host := started(t, e.service(), config.Values{"BUS_URL": newBus(t), "MAX_IN_FLIGHT": "1"})
	becomes(t, host, http.StatusOK)
	answered := make(chan int, 1)
	go func() {
		answer, _, err := request(t.Context(), http.MethodPost, host.URL+"/say")
		if err != nil {
			t.Error(err)
			answer = &http.Response{}
		}
		answered <- answer.StatusCode
	}()
	adaptertest.Wait(t, e.said)
	for url, want := range map[string]int{host.URL + "/listen": 503, host.URL + "/health": 200, host.URL + "/api/healthz": 200, host.MetricsURL + "/metrics": 200} {
		answer, _, err := request(t.Context(), http.MethodGet, url)
		if err != nil {
			t.Fatal(err)
		}
		h := answer.Header
		if answer.StatusCode != want || (h.Get("Retry-After") == "1") != (want == 503) || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Strict-Transport-Security") == "" {
			t.Errorf("%s: %d %v, want %d", url, answer.StatusCode, h, want)
		}
	}
	e.request <- struct{}{}
	if status := <-answered; status != http.StatusOK {
		t.Errorf("the one under way: %d", status)
	}
	eventually(t, http.MethodGet, host.URL+"/listen", http.StatusOK, "silence")
}

// TestProbesAreHeardInACrowd: where clients that send their requests slowly have taken all connections, the probes have a port of their own.
func TestProbesAreHeardInACrowd(t *testing.T) {
	t.Parallel()
	host := started(t, newEcho(t, pgtest.Database(t)).service(), config.Values{"BUS_URL": newBus(t), "MAX_IN_FLIGHT": "1"})
	becomes(t, host, http.StatusOK)
	at := strings.TrimPrefix(host.URL, "http://")
	for range 16 { // twice as many as may be open
		conn, err := net.Dial("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close() //nolint:errcheck // it was only there
		if _, err := io.WriteString(conn, "POST /say HTTP/1.1\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"/health", "/api/healthz"} {
		if answer, _, err := request(t.Context(), http.MethodGet, host.MetricsURL+path); err != nil || answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %+v, %v", path, answer, err)
		}
	}
}
