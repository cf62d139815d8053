package systemtest

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/gittix/ticketing/shared/bus/access"
	"github.com/gittix/ticketing/shared/embedded/natsserver"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/embedded/program"
)

// Brokers are like Buses, but the broker is a process, which can be killed and paused, too. The test's package needs Main.
var Brokers = map[string]func(testing.TB) *Bus{
	"NATS Streaming": func(t testing.TB) *Bus { return startBroker(t, "stan", "/ticketing") },
	"JetStream":      func(t testing.TB) *Bus { return startBroker(t, "jetstream", "") },
}

// Which broker a program of tests is, when it is started as one.
const brokerKind, brokerDir, brokerPorts = "SYSTEMTEST_BROKER", "SYSTEMTEST_BROKER_DIR", "SYSTEMTEST_BROKER_PORTS"

// Main is pgtest.Main for packages that use Brokers: their own program is the broker's, too.
func Main(m *testing.M) {
	if kind := os.Getenv(brokerKind); kind != "" {
		if err := beBroker(kind); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	pgtest.Main(m)
}

// beBroker serves until SIGTERM.
func beBroker(kind string) error {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM)
	var port, monitor int
	if _, err := fmt.Sscan(os.Getenv(brokerPorts), &port, &monitor); err != nil {
		return err
	}
	serve := map[string]func(string, int, int) (server, error){"stan": serveStreaming, "jetstream": serveJetStream}[kind]
	running, err := serve(os.Getenv(brokerDir), port, monitor)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	<-asked
	running.Stop()
	return nil
}

func startBroker(t testing.TB, scheme, path string) *Bus {
	t.Helper()
	dir, port, monitor := filepath.Join(t.TempDir(), "bus"), freePort(t), freePort(t)
	at := url.URL{Scheme: scheme, Host: fmt.Sprintf("%s:%d", natsserver.Host, port), Path: path}
	if scheme == "stan" {
		at.RawQuery = fmt.Sprint("monitor=", monitor)
	}
	var running *program.Process
	b := &Bus{URLOf: func(user string) string { u := at; u.User = natsserver.Login(user, password(user)); return u.String() }}
	b.URL = b.URLOf(access.Operator)
	b.Start = func() (err error) {
		cmd := exec.Command(os.Args[0]) //nolint:gosec,noctx // this program, which is stopped by signals
		cmd.Env = append(program.Environment(), brokerKind+"="+scheme, brokerDir+"="+dir, fmt.Sprintf("%s=%d %d", brokerPorts, port, monitor))
		if running, err = program.Start(cmd, syscall.SIGKILL, "ready", Log(t, slog.LevelDebug)); err != nil {
			return err
		}
		return running.Ready(t.Context())
	}
	b.Pid = func() int { return running.Pid() }
	b.Signal = func(s syscall.Signal) error {
		err := syscall.Kill(running.Pid(), s)
		if s == syscall.SIGKILL {
			<-running.Ended()
		}
		return err
	}
	b.Stop = func() {
		ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
		defer cancel()
		if err := running.Stop(ctx, syscall.SIGTERM, syscall.SIGKILL); err != nil {
			t.Error("broker: ", err)
		}
	}
	b.Wipe = func() error { return os.RemoveAll(dir) }
	if err := b.Start(); err != nil {
		t.Fatal("broker: ", err)
	}
	t.Cleanup(b.Stop)
	return b
}
