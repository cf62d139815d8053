package knative

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/adaptertest"
	"github.com/gittix/ticketing/adapters/tracing/tracingtest"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

func transport(t testing.TB, speak func(*http.Protocols, bool)) *http.Transport {
	protocols := new(http.Protocols)
	speak(protocols, true)
	tr := &http.Transport{Protocols: protocols, DisableCompression: true}
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

// call returns the status and the body, or 0 and an error's text.
func call(ctx context.Context, client *http.Transport, method, url string) (status int, body string) {
	r, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return 0, err.Error()
	}
	answer, err := client.RoundTrip(r)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close() //nolint:errcheck // it has been read
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err.Error()
	}
	return answer.StatusCode, string(text)
}

// TestStopLosesNoRequest: what began before the stop comes to its good end, and the service is closed only then: in a
// container, over any protocol, and in func's main, which may not drain.
func TestStopLosesNoRequest(t *testing.T) {
	t.Parallel()
	for name, speak := range map[string]func(*http.Protocols, bool){
		"HTTP/1.1": (*http.Protocols).SetHTTP1, "h2c": (*http.Protocols).SetUnencryptedHTTP2, "func": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const requests = 20
			s := &fixture{began: make(chan struct{}, requests), release: make(chan struct{})}
			f, host := running(t, s.build, nil)
			stop, post := host.Close, func(path string) int {
				status, _ := call(t.Context(), transport(t, speak), http.MethodPost, host.URL+path)
				return status
			}
			if speak == nil {
				stop, post = func() error { return f.Stop(t.Context()) }, func(path string) int { return send(f, http.MethodPost, path).Code }
			}
			answered, stopped := make(chan int, requests), make(chan error, 1)
			for range requests {
				go func() { answered <- post("/greet") }()
			}
			for range requests {
				adaptertest.Wait(t, s.began)
			}
			go func() { stopped <- stop() }()
			for post("/nowhere") == http.StatusNotFound { // until it takes no more
				if t.Context().Err() != nil {
					t.Fatal("it goes on")
				}
			}
			if s.stopped.Load() || len(answered) > 0 || len(stopped) > 0 {
				t.Fatal("it did not wait for the requests")
			}
			close(s.release)
			for range requests {
				if status := adaptertest.Wait(t, answered); status != http.StatusOK {
					t.Errorf("a request under way came to %d", status)
				}
			}
			if err := adaptertest.Wait(t, stopped); err != nil || !s.stopped.Load() {
				t.Errorf("stop: %v", err)
			}
		})
	}
}

// TestStopHasAnEnd: a request that does not end holds the process until SHUTDOWN_TIMEOUT, no longer.
func TestStopHasAnEnd(t *testing.T) {
	t.Parallel()
	s := &fixture{began: make(chan struct{}, 1), release: make(chan struct{})}
	_, host := running(t, s.build, config.Values{"SHUTDOWN_TIMEOUT": "50ms"})
	defer close(s.release)
	client := transport(t, (*http.Protocols).SetHTTP1)
	go call(t.Context(), client, http.MethodPost, host.URL+"/greet")
	adaptertest.Wait(t, s.began)
	stopped := make(chan error, 1)
	go func() { stopped <- host.Close() }()
	if err := adaptertest.Wait(t, stopped); err == nil {
		t.Error("it does not say that a request was cut off")
	}
}

// TestRun: it serves until its context ends, though its service never started, and says what it cannot do.
func TestRun(t *testing.T) {
	t.Parallel()
	values := functiontest.EventKeys().With(config.Values{"PORT": "0", "METRICS_PORT": "0", "LOG_LEVEL": "ERROR+9"})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, (&fixture{start: make(chan error)}).build, values) }()
	cancel()
	if err := adaptertest.Wait(t, ended); err != nil {
		t.Error(err)
	}
	_, host := running(t, new(fixture).build, nil)
	metrics, err := url.Parse(host.MetricsURL)
	if err != nil {
		t.Fatal(err)
	}
	taken := metrics.Port()
	for _, name := range []string{"PORT", "METRICS_PORT"} {
		if err := Run(t.Context(), new(fixture).build, values.With(config.Values{name: taken})); err == nil || !strings.Contains(err.Error(), taken) {
			t.Errorf("%s in use: %v", name, err)
		}
	}
}

// TestTelemetry: a request is counted on METRICS_PORT, and its span leaves at the stop at the latest, for Knative may scale the
// process to zero at any time.
func TestTelemetry(t *testing.T) {
	t.Parallel()
	collector := tracingtest.Start(t)
	_, host := running(t, new(fixture).build, config.Values{"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL})
	client := transport(t, (*http.Protocols).SetHTTP1)
	if status, body := call(t.Context(), client, http.MethodPost, host.URL+"/greet"); status != http.StatusOK {
		t.Fatal(status, body)
	}
	const want = `ticketing_request_duration_seconds_count{function="greet",service="fixture",status="200"} 1`
	if status, body := call(t.Context(), client, http.MethodGet, host.MetricsURL+"/metrics"); !strings.Contains(body, want) {
		t.Errorf("no %s in %d %.300s", want, status, body)
	}
	if err := host.Close(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if spans := collector.Spans(func(s tracingtest.Span) bool { return s.Name == "POST /greet" && s.Service == "fixture" }); len(spans) != 1 {
		t.Errorf("%d spans of one request", len(spans))
	}
}
