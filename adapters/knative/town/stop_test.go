package town_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/embedded/program"
)

// stopsInGoodOrder: a process that is told to stop answers the request that it has, takes no other, and ends
// with status 0 within SHUTDOWN_TIMEOUT.
func stopsInGoodOrder(t *testing.T, programs string, protocols http.Protocols) {
	const shutdownTimeout = 20 * time.Second
	database := pgtest.Database(t)
	port, err := program.FreePort(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
	process, err := run(filepath.Join(programs, "tickets"), port, config.Values{
		"DATABASE_URL": database, "JWT_SECRET": "of this test, and of nothing else", "SHUTDOWN_TIMEOUT": shutdownTimeout.String(),
	}, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = process.Stop(context.Background(), syscall.SIGKILL, syscall.SIGKILL) }) // it has ended, unless the test failed
	transport := &http.Transport{Protocols: &protocols}
	t.Cleanup(transport.CloseIdleConnections)
	address := "127.0.0.1:" + strconv.Itoa(port)
	if err := answers(t.Context(), transport, process, "http://"+address+"/api/healthz"); err != nil {
		t.Fatal(err)
	}

	free := holdRequests(t, database)
	answered := make(chan string, 1)
	go func() { answered <- ask(t.Context(), transport, http.MethodGet, "http://"+address+"/api/tickets") }()
	isHeld(t, database)
	ctx, cancel := context.WithTimeout(t.Context(), shutdownTimeout)
	defer cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- process.Stop(ctx, syscall.SIGTERM, syscall.SIGKILL) }()
	eventually(t, func(ctx context.Context) error { return isClosed(ctx, address) })
	if len(answered)+len(stopped) > 0 {
		t.Error("it did not wait for the request")
	}
	free()
	if got := <-answered; got != "200 OK []" {
		t.Errorf("the request under way came to %s", got)
	}
	if err := <-stopped; err != nil || process.Err() != nil {
		t.Errorf("stop: %v, %v", err, process.Err())
	}
}

// holdRequests keeps every request for tickets waiting until free is called.
func holdRequests(t *testing.T, database string) (free func()) {
	t.Helper()
	tx, err := pool(t, database).Begin(t.Context())
	if err == nil {
		_, err = tx.Exec(t.Context(), `LOCK TABLE tickets`)
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := tx.Rollback(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// isHeld waits until a request has come upon the lock.
func isHeld(t *testing.T, database string) {
	t.Helper()
	db := pool(t, database)
	eventually(t, func(ctx context.Context) error {
		var waiting bool
		err := db.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'tickets'::regclass AND NOT granted)`).Scan(&waiting)
		if err == nil && !waiting {
			err = errors.New("no request waits")
		}
		return err
	})
}

// isClosed returns nil if nobody listens there.
func isClosed(ctx context.Context, address string) error {
	connection, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil //nolint:nilerr // as it must be
	}
	return errors.Join(connection.Close(), errors.New("it goes on listening"))
}

// ask returns the answer to a request, or an error's text.
func ask(ctx context.Context, transport http.RoundTripper, method, address string) string {
	r, err := http.NewRequestWithContext(ctx, method, address, http.NoBody)
	if err != nil {
		return err.Error()
	}
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return err.Error()
	}
	defer answer.Body.Close() //nolint:errcheck // it has been read
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err.Error()
	}
	return answer.Status + " " + strings.TrimSpace(string(body))
}

func http1() (p http.Protocols) {
	p.SetHTTP1(true)
	return p
}

func h2c() (p http.Protocols) {
	p.SetUnencryptedHTTP2(true)
	return p
}
