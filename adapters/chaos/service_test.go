package chaos

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/chaos/shopper"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/program"
)

// patience is for whatever heals by itself. The slowest are a payment that a crash left open, which the
// reconciler looks at after some 20 s, and a queue group of NATS Streaming whose member has vanished.
const patience = 2 * time.Minute

// names of the services, which are also those of their programs.
var names = []string{"auth", "tickets", "orders", "payments", "expiration"}

// build compiles the services' programs and returns their folder.
func build(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	args := []string{"build", "-o", dir}
	for _, name := range names {
		args = append(args, "../cmd/"+name)
	}
	if out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// service is one process, which can be killed and started again on its port.
type service struct {
	name    string
	program string
	values  config.Values
	url     string
	process *program.Process
}

// newService prepares a service, on ports of its own.
func newService(t *testing.T, dir, name string, values config.Values) *service {
	t.Helper()
	ports := make([]string, 2)
	for i := range ports {
		port, err := program.FreePort(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ports[i] = strconv.Itoa(port)
	}
	return &service{
		name: name, program: filepath.Join(dir, name), url: "http://127.0.0.1:" + ports[0],
		values: values.With(config.Values{"PORT": ports[0], "METRICS_PORT": ports[1]}),
	}
}

// start runs the process. It need not be ready yet.
func (s *service) start() error {
	cmd := exec.Command(s.program) //nolint:noctx // it is stopped by signals, of which SIGKILL is one
	cmd.Env = program.Environment()
	for name, value := range s.values {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var err error
	s.process, err = program.Start(cmd, syscall.SIGKILL, "", slog.New(slog.DiscardHandler))
	return err
}

// kill ends the process without a warning.
func (s *service) kill(ctx context.Context) error {
	return s.process.Stop(ctx, syscall.SIGKILL, syscall.SIGKILL)
}

// lives returns an error if the process has ended by itself.
func (s *service) lives() error {
	select {
	case <-s.process.Ended():
		return fmt.Errorf("%s has ended: %w", s.name, s.process.Err())
	default:
		return nil
	}
}

// stop asks the process to end, which it must do in good order.
func (s *service) stop(ctx context.Context) error {
	if err := s.lives(); err != nil {
		return err
	}
	if err := s.process.Stop(ctx, syscall.SIGTERM, syscall.SIGKILL); err != nil {
		return err
	}
	if err := s.process.Err(); err != nil {
		return fmt.Errorf("%s was asked to stop: %w", s.name, err)
	}
	return nil
}

// ready waits until the service can reach all that it needs.
func (s *service) ready(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	return shopper.Await(ctx, patience, func(ctx context.Context) error {
		if err := s.lives(); err != nil {
			cancel(err) // nothing to wait for
			return err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/api/healthz", http.NoBody)
		if err != nil {
			return err
		}
		answer, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		if err := answer.Body.Close(); err != nil {
			return err
		}
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("%s is not ready: %s", s.name, answer.Status)
		}
		return nil
	})
}
