package pgtest

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/gittix/ticketing/shared/embedded/program"
)

// Pooler starts pgbouncer, in transaction mode, before the server of a database's URL, for this test alone. It returns the
// database's URL through it. Its own database, pgbouncer, takes the commands of an operator.
func Pooler(t testing.TB, database string) string {
	t.Helper()
	found := program.Search{Name: "pgbouncer", Env: "PGBOUNCER", Also: []string{"/usr/sbin", "/opt/homebrew/bin", "/usr/local/bin"}}.All()
	if len(found) == 0 {
		t.Fatal("pgtest: pgbouncer is not installed: run .ci/install pgbouncer")
	}
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal("pgtest: not a URL")
	}
	port, err := program.FreePort(t.Context())
	if err != nil {
		t.Fatal("pgtest: ", err)
	}
	password, _ := u.User.Password()
	file := filepath.Join(t.TempDir(), "pgbouncer.ini")
	if err := os.WriteFile(file, fmt.Appendf(nil, poolerConfiguration, u.Hostname(), u.Port(), u.User.Username(), password, port), 0o600); err != nil {
		t.Fatal("pgtest: ", err)
	}
	args := []string{file}
	if os.Geteuid() == 0 {
		args = append(args, "--user=nobody") // it does not run as root
	}
	cmd := exec.Command(found[0], args...) //nolint:gosec,noctx // an installed program, which the cleanup ends
	cmd.Env = program.Environment()
	p, err := program.Start(cmd, syscall.SIGTERM, "process up", slog.New(slog.DiscardHandler))
	if err == nil {
		err = p.Ready(t.Context())
	}
	if err != nil {
		t.Fatal("pgtest: ", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), dropLimit)
		defer cancel()
		if err := p.Stop(ctx, syscall.SIGTERM, syscall.SIGKILL); err != nil {
			t.Error("pgtest: ", err)
		}
	})
	u.Host = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	return u.String()
}

// Few connections to the server, so that clients change theirs often.
const poolerConfiguration = `[databases]
* = host=%s port=%s user=%s password=%s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = any
admin_users = postgres
server_login_retry = 1
pool_mode = transaction
default_pool_size = 4
max_client_conn = 200
`
