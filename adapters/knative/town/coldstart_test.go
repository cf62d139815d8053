package town_test

import (
	"context"
	"log/slog"
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

// BenchmarkColdStart is the time from the start of a process to its first answer: /health where nothing that it
// depends on can be reached; and a list of tickets where the database is there and ready, as on every start but
// the very first.
func BenchmarkColdStart(b *testing.B) {
	programs := build(b)
	nowhere := config.Values{
		"DATABASE_URL": "postgres://127.0.0.1:1/nowhere", "REDIS_URL": "redis://127.0.0.1:1", "STRIPE_SECRET_KEY": "sk_test_x",
		"JWT_SECRET": "of this test, and of nothing else", "PASSWORD_PEPPER": "pepper",
		"AUTH_API_URL": "http://127.0.0.1:1", "TICKETS_API_URL": "http://127.0.0.1:1", "ORDERS_API_URL": "http://127.0.0.1:1", "PAYMENTS_API_URL": "http://127.0.0.1:1",
	}
	for _, name := range services {
		b.Run(name, func(b *testing.B) { coldStart(b, filepath.Join(programs, name), nowhere, "/health") })
	}
	b.Run("tickets with its database", func(b *testing.B) {
		ready := nowhere.With(config.Values{"DATABASE_URL": pgtest.Database(b)})
		once(b, filepath.Join(programs, "tickets"), ready, "/api/tickets") // it migrates
		coldStart(b, filepath.Join(programs, "tickets"), ready, "/api/tickets")
	})
}

func coldStart(b *testing.B, path string, values config.Values, page string) {
	var total time.Duration
	for b.Loop() {
		total += once(b, path, values, page)
	}
	b.ReportMetric(float64(total.Microseconds())/1000/float64(b.N), "ms/start")
	b.ReportMetric(0, "ns/op") // it would count the process's end, too
}

// once starts a process, and asks it for a page until it is there.
func once(b *testing.B, path string, values config.Values, page string) time.Duration {
	b.Helper()
	port, err := program.FreePort(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(b.Context(), patience)
	defer cancel()
	begin := time.Now()
	process, err := run(path, port, values, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = process.Stop(context.Background(), syscall.SIGKILL, syscall.SIGKILL) }() // which nothing withstands
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	for {
		answer := ask(ctx, transport, http.MethodGet, "http://127.0.0.1:"+strconv.Itoa(port)+page)
		if strings.HasPrefix(answer, "200 ") {
			return time.Since(begin)
		}
		select {
		case <-process.Ended():
			b.Fatal(process.Err())
		case <-ctx.Done():
			b.Fatal(answer)
		case <-time.After(time.Millisecond):
		}
	}
}
