package systemtest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/adaptertest"
	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/program"
)

// shutdownTimeout is how long a program may take to stop: longer than its own SHUTDOWN_TIMEOUT.
const shutdownTimeout = 30 * time.Second

// Build compiles every service's program and the dispatcher's, and returns their folder.
func Build(t testing.TB, flags ...string) string {
	t.Helper()
	names := []string{"dispatcher", "migrate", "stripe-sandbox"}
	for _, def := range functions.Services() {
		names = append(names, def.Name)
	}
	return BuildIn(t, "", names, flags...)
}

// BuildIn compiles these programs as they are in a folder of the module adapters, which may be of another version, or in the test's for "".
func BuildIn(t testing.TB, dir string, names []string, flags ...string) string {
	t.Helper()
	out := t.TempDir()
	args := append(append([]string{"build"}, flags...), "-o", out)
	for _, name := range names {
		args = append(args, "github.com/gittix/ticketing/adapters/cmd/"+name)
	}
	build := exec.CommandContext(t.Context(), "go", args...) //nolint:gosec // our own programs
	build.Dir = dir
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return out
}

// Process is a program on ports of its own. It can be killed, and started again.
type Process struct {
	Name      string
	URL       string
	Settings  config.Values     // for the next start
	Transport http.RoundTripper // that its URL is reached by
	program   string
	log       *slog.Logger
	running   *program.Process // nil before the first start, and after Kill and Stop
	ports     held             // while it does not run
}

// NewProcess prepares a program. If it runs at the end of the test, it must stop in good order then.
func NewProcess(t testing.TB, programs, name string, settings config.Values) *Process {
	t.Helper()
	port := strconv.Itoa(freePort(t))
	p := &Process{
		Name: name, program: filepath.Join(programs, name), URL: "http://127.0.0.1:" + port, Transport: http.DefaultTransport, log: Log(t, slog.LevelDebug),
		Settings: settings.With(config.Values{"PORT": port, "METRICS_PORT": strconv.Itoa(freePort(t))}),
	}
	if err := p.hold(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(p.Stop(), p.ports.release()); err != nil {
			t.Error(err)
		}
	})
	return p
}

func (p *Process) hold() (err error) {
	p.ports, err = holdPorts(p.Settings["PORT"], p.Settings["METRICS_PORT"])
	return err
}

// Run starts a program with these settings and no other environment.
func Run(path string, settings config.Values, log *slog.Logger) (*program.Process, error) {
	cmd := exec.Command(path) //nolint:noctx // it is stopped by signals
	cmd.Env = program.Environment()
	for name, value := range settings {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return program.Start(cmd, syscall.SIGKILL, "", log)
}

// Set changes settings of the next start.
func (p *Process) Set(settings config.Values) { p.Settings = p.Settings.With(settings) }

// Start runs the program, which need not be ready yet.
func (p *Process) Start() (err error) {
	err = p.ports.release()
	p.ports = nil
	if err != nil {
		return err
	}
	p.running, err = Run(p.program, p.Settings, p.log)
	return err
}

// Kill ends the process without a warning, and returns when it is gone.
func (p *Process) Kill() error {
	if p.running == nil {
		return nil
	}
	ended := p.running
	p.running = nil
	return errors.Join(ended.Stop(context.Background(), syscall.SIGKILL, syscall.SIGKILL), p.hold())
}

// Pid is that of the process, which runs.
func (p *Process) Pid() int { return p.running.Pid() }

// Signal sends the process a signal, such as SIGSTOP.
func (p *Process) Signal(s syscall.Signal) error { return syscall.Kill(p.Pid(), s) }

// Stop asks the process to end. Errors: it had ended before; it did not end in time, or not with status 0.
func (p *Process) Stop() error {
	if p.running == nil {
		return nil
	}
	err := p.Lives()
	ended := p.running
	p.running = nil
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	if err := errors.Join(err, ended.Stop(ctx, syscall.SIGTERM, syscall.SIGKILL), ended.Err(), p.hold()); err != nil {
		return fmt.Errorf("%s was asked to stop: %w", p.Name, err)
	}
	return nil
}

// Lives returns an error if the process has ended by itself.
func (p *Process) Lives() error {
	select {
	case <-p.running.Ended():
		return fmt.Errorf("%s has ended: %w", p.Name, p.running.Err())
	default:
		return nil
	}
}

// Ready waits until the service can use all that it needs.
func (p *Process) Ready(ctx context.Context, timeout time.Duration) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	return adaptertest.Await(ctx, timeout, func(ctx context.Context) error {
		if err := p.Lives(); err != nil {
			cancel(err) // it will not come back
			return err
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+"/api/healthz", http.NoBody)
		if err != nil {
			return err
		}
		answer, err := p.Transport.RoundTrip(r)
		if err != nil {
			return err
		}
		if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusOK {
			return errors.Join(err, fmt.Errorf("%s is not ready: %s", p.Name, answer.Status))
		}
		return nil
	})
}
