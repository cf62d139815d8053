package knative

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

func mustBuild(t testing.TB, s *stage) function.Service {
	t.Helper()
	service, err := s.build(nil)
	if err != nil {
		t.Fatal(err)
	}
	return service
}

// TestStopLosesNoRequest: what began before the stop comes to its good end, whatever the protocol, and the
// service is closed only then.
func TestStopLosesNoRequest(t *testing.T) {
	t.Parallel()
	for name, protocols := range map[string]http.Protocols{"HTTP/1.1": http1(), "h2c": h2c()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const requests = 20
			s := &stage{sung: make(chan struct{}, requests), singing: make(chan struct{})}
			c := running(t, mustBuild(t, s), nil)
			client, address := transport(t, protocols), c.server.URL()
			answered := make(chan string, requests)
			for range requests {
				go func() { answered <- post(t.Context(), client, address+"/sing") }()
			}
			for range requests {
				wait(t, s.sung)
			}
			stopped := make(chan error, 1)
			go func() { stopped <- c.stop() }()
			for post(t.Context(), transport(t, protocols), address+"/nowhere") == "404" { // until it takes no more
				if t.Context().Err() != nil {
					t.Fatal("it goes on listening")
				}
			}
			if s.stopped.Load() || len(answered) > 0 || len(stopped) > 0 {
				t.Fatal("it did not wait for the requests")
			}
			close(s.singing)
			for range requests {
				if status := wait(t, answered); status != "200" {
					t.Errorf("a request under way came to %s", status)
				}
			}
			if err := wait(t, stopped); err != nil || !s.stopped.Load() {
				t.Errorf("stop: %v", err)
			}
		})
	}
}

// TestStopHasAnEnd: a request that does not end holds the process until SHUTDOWN_TIMEOUT, no longer.
func TestStopHasAnEnd(t *testing.T) {
	t.Parallel()
	s := &stage{sung: make(chan struct{}, 1), singing: make(chan struct{})}
	c, err := start(s.build, config.Values{"PORT": "0", "METRICS_PORT": "0", "LOG_LEVEL": "ERROR+9", "SHUTDOWN_TIMEOUT": "50ms"})
	if err != nil {
		t.Fatal(err)
	}
	defer close(s.singing)
	isReady(t, c.function)
	client := transport(t, http1())
	go post(t.Context(), client, c.server.URL()+"/sing")
	wait(t, s.sung)
	stopped := make(chan error, 1)
	go func() { stopped <- c.stop() }()
	if err := wait(t, stopped); err == nil {
		t.Error("it does not say that a request was cut off")
	}
}

// TestRun: it serves until its context ends, though its service never started, and says what it cannot do.
func TestRun(t *testing.T) {
	t.Parallel()
	values := config.Values{"PORT": "0", "METRICS_PORT": "0", "LOG_LEVEL": "ERROR+9"}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, (&stage{gate: make(chan error)}).build, values) }()
	cancel()
	if err := wait(t, ended); err != nil {
		t.Error(err)
	}
	c := running(t, mustBuild(t, new(stage)), nil)
	_, taken, _ := strings.Cut(c.metrics.URL(), "://[::]:")
	for _, name := range []string{"PORT", "METRICS_PORT"} {
		if err := Run(t.Context(), new(stage).build, values.With(config.Values{name: taken})); err == nil || !strings.Contains(err.Error(), taken) {
			t.Errorf("%s in use: %v", name, err)
		}
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	c := running(t, mustBuild(t, new(stage)), nil)
	client := transport(t, http1())
	if status := post(t.Context(), client, c.server.URL()+"/sing"); status != "200" {
		t.Fatal(status)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.metrics.URL()+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // it has been read
	body, err := io.ReadAll(answer.Body)
	if want := `ticketing_request_duration_seconds_count{function="sing-song",service="stage",status="200"} 1`; err != nil || !strings.Contains(string(body), want) {
		t.Errorf("no %s in %.300s (%v)", want, body, err)
	}
}

// post returns the status, or an error's text.
func post(ctx context.Context, client *http.Transport, url string) string {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, nil)
	if err != nil {
		return err.Error()
	}
	answer, err := client.RoundTrip(r)
	if err != nil {
		return err.Error()
	}
	_ = answer.Body.Close() // the status is all that matters
	return answer.Status[:3]
}

// wait returns what a channel gives.
func wait[T any](t *testing.T, ch <-chan T) (v T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	select {
	case v = <-ch:
	case <-ctx.Done():
		t.Fatal("nothing happened")
	}
	return v
}
