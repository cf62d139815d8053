package dispatcher

import (
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gittix/ticketing/shared/config"
)

// TestTargetIsDown: a target that is down for longer than a failing event would be tried gets all when it is back.
func TestTargetIsDown(t *testing.T) {
	onEvery(t, func(t *testing.T, busURL string, to func(*audience) config.Values) {
		a := newAudience(t, nil)
		values := to(a)
		address := a.server.Listener.Addr().String()
		a.server.Close()
		p := started(t, busURL, values)
		b := newBus(t, busURL)
		for id := range int32(20) {
			publish(t, b, "tickets.created", ticket(t, id+1))
		}
		reaches(t, p, deliveries("again"), 3*20)
		listen, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		a.server = httptest.NewUnstartedServer(a.handler())
		if err := a.server.Listener.Close(); err != nil {
			t.Fatal(err)
		}
		a.server.Listener = listen
		a.server.Start()
		t.Cleanup(a.server.Close)
		equals(t, "different ones heard", 20, a.different)
		if n := a.count(func(h heard) bool { return h.dead() != "" }); n > 0 {
			t.Errorf("%d dead letters", n)
		}
	})
}

// TestKilled: real dispatchers are killed while they relay and deliver, and replaced; nothing is lost.
func TestKilled(t *testing.T) {
	program := filepath.Join(t.TempDir(), "dispatcher")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../cmd/dispatcher").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	onEvery(t, func(t *testing.T, busURL string, to func(*audience) config.Values) {
		const rounds, each = 4, 50
		db, address := newService(t)
		a := newAudience(t, nil)
		values := to(a).With(config.Values{
			"BUS_URL": busURL, "BUS_ACK_WAIT": "1s", "DISPATCH_OUTBOXES": "tickets=" + relayRole(t, db, address),
			"PORT": "0", "METRICS_PORT": "0",
		})
		processes := []launched{launch(t, program, values), launch(t, program, values)}
		for round := range rounds {
			before := len(a.heard())
			for id := range each {
				change(t, db, int32(round*each+id+1))
			}
			eventually(t, func() error {
				if len(a.heard()) == before {
					return fmt.Errorf("nothing is delivered")
				}
				return nil
			})
			victim := processes[round%2]
			if err := victim.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = victim.Wait() // it was killed
			processes[round%2] = launch(t, program, values)
		}
		equals(t, "different ones heard", rounds*each, a.different)
		equals(t, "unsent", 0, func() int { return unsent(t, db) })
		for _, p := range processes {
			eventually(t, p.begun) // before that a signal just ends it
			if err := p.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := p.Wait(); err != nil {
				t.Errorf("told to stop: %v", err)
			}
		}
	})
}

// launched is a dispatcher in a process of its own.
type launched struct {
	*exec.Cmd
	log string // the file
}

// begun returns nil once the dispatcher relays.
func (l launched) begun() error {
	log, err := os.ReadFile(l.log)
	if err == nil && !strings.Contains(string(log), "service started") {
		err = fmt.Errorf("it has not begun: %s", log)
	}
	return err
}

// launch starts a dispatcher, which ends with the test at the latest.
func launch(t *testing.T, program string, values config.Values) launched {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program)
	for _, pair := range os.Environ() {
		if strings.HasPrefix(pair, "AWS_") || strings.HasPrefix(pair, "PATH=") {
			cmd.Env = append(cmd.Env, pair)
		}
	}
	for name, value := range values {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	log, err := os.CreateTemp(t.TempDir(), "log")
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close() // the process has its own
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return launched{cmd, log.Name()}
}
