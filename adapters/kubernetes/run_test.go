package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/chaos/shopper"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/function"
)

// TestFunctionsSelects: a process may run some of a service's functions. What those announce leaves all the same.
func TestFunctionsSelects(t *testing.T) {
	t.Parallel()
	address := pgtest.Database(t)
	e := newEcho(t, address)
	service, err := e.service().Select("say")
	if err != nil {
		t.Fatal(err)
	}
	p := started(t, service, config.Values{"BUS_URL": newBus(t).URL()})
	becomes(t, p, http.StatusOK)
	answers(t, http.MethodPost, p.api.URL()+"/say", http.StatusOK, "1")
	answers(t, http.MethodGet, p.api.URL()+"/listen", http.StatusNotFound, "Not Found.")
	if err := shopper.Await(t.Context(), patience, func(context.Context) error {
		if n := unsent(t, address); n > 0 {
			return fmt.Errorf("%d events are not sent", n)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	if len(e.heard) > 0 {
		t.Error("a consumer that was not selected heard it")
	}
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	build := func(config.Values) (function.Service, error) {
		return newEcho(t, "postgres://127.0.0.1:1/nowhere").service(), nil
	}
	for name, c := range map[string]struct {
		values config.Values
		want   string
	}{
		"no bus":               {config.Values{}, "BUS_URL is required"},
		"a malformed bus":      {config.Values{"BUS_URL": "nats://user:s3cret@h"}, "BUS_URL"},
		"an unknown function":  {config.Values{"BUS_URL": "stan://h/c", "FUNCTIONS": "say,sing"}, `"sing"`},
		"a malformed port":     {config.Values{"PORT": "http"}, "PORT"},
		"no time to stop":      {config.Values{"SHUTDOWN_TIMEOUT": "0s"}, "SHUTDOWN_TIMEOUT"},
		"a drain without end":  {config.Values{"DRAIN_DELAY": "25s"}, "DRAIN_DELAY"},
		"too short an AckWait": {config.Values{"BUS_ACK_WAIT": "10ms"}, "BUS_ACK_WAIT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := Run(t.Context(), build, config.Values{"PORT": "0", "METRICS_PORT": "0"}.With(c.values))
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	build := func(config.Values) (function.Service, error) {
		cancel() // as early as can be
		return newEcho(t, pgtest.Database(t)).service(), nil
	}
	go func() {
		ended <- Run(ctx, build, config.Values{"PORT": "0", "METRICS_PORT": "0", "BUS_URL": newBus(t).URL(), "LOG_LEVEL": "ERROR"})
	}()
	if err := wait(t, ended); err != nil {
		t.Error(err)
	}
}

// TestMissingSetting: the real program says in one line what it misses, and ends with status 1.
func TestMissingSetting(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "orders")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../cmd/orders").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	const secret = "JWT_SECRET=0123456789abcdef0123456789abcdef"
	for name, c := range map[string]struct {
		environment []string
		wants       []string
	}{
		"everything":   {nil, []string{"DATABASE_URL", "JWT_SECRET"}},
		"the database": {[]string{secret}, []string{"DATABASE_URL"}},
		"the bus":      {[]string{secret, "DATABASE_URL=postgres://127.0.0.1:1/x"}, []string{"BUS_URL"}},
		"a number":     {[]string{secret, "DATABASE_URL=postgres://127.0.0.1:1/x", "MAX_OPEN_ORDERS=many"}, []string{"MAX_OPEN_ORDERS"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), program)
			cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, c.environment...)
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 1 {
				t.Errorf("ended with %v, not status 1", err)
			}
			if strings.Count(strings.TrimSpace(string(out)), "\n") != 0 {
				t.Errorf("more than a line:\n%s", out)
			}
			for _, want := range c.wants {
				if !strings.Contains(string(out), want) {
					t.Errorf("%q does not name %s", out, want)
				}
			}
		})
	}
}
