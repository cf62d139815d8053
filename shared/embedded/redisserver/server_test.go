package redisserver

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gittix/ticketing/shared/embedded/program"
	"github.com/gittix/ticketing/shared/embedded/program/programtest"
)

// paths are the ways to run: with the redis-server that is installed, and without.
func paths() map[string]string {
	all := map[string]string{"miniredis": ""}
	if found := find(); found != "" {
		all["redis-server"] = found
	}
	return all
}

func TestServer(t *testing.T) {
	t.Parallel()
	for name, path := range paths() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			programtest.Server{
				Start: func(ctx context.Context, dir string, port int, log *slog.Logger) (*program.Server, func() string, error) {
					s, err := startWith(ctx, Config{Dir: dir, Port: port, Logger: log}, path)
					if err != nil {
						return nil, nil, err
					}
					return s.Server, s.URL, nil
				},
				Put: func(ctx context.Context, url string) error {
					return connect(t, url).ZAdd(ctx, "due", redis.Z{Score: 7, Member: "order"}).Err()
				},
				Has: func(ctx context.Context, url string) bool {
					return connect(t, url).ZScore(ctx, "due", "order").Val() == 7
				},
				Memory: path == "",
			}.Run(t)
		})
	}
}

// TestSettings: redis-server refuses rather than forgets, and miniredis forgets in time.
func TestSettings(t *testing.T) {
	t.Parallel()
	for _, path := range paths() {
		s, err := startWith(t.Context(), Config{Dir: t.TempDir()}, path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { programtest.Stop(t, s.Server) })
		c := connect(t, s.URL())
		if s.Real() != (path != "") {
			t.Errorf("Real() = %v", s.Real())
		}
		for key, want := range map[string]string{
			"maxmemory-policy": "noeviction", "appendonly": "yes", "appendfsync": "everysec", "save": "", "bind": "127.0.0.1",
		} {
			if got := c.ConfigGet(t.Context(), key).Val()[key]; s.Real() && got != want {
				t.Errorf("%s = %q, want %q", key, got, want)
			}
		}
		if err := c.Set(t.Context(), "soon", "gone", time.Millisecond).Err(); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(10 * time.Second); c.Exists(t.Context(), "soon").Val() == 1; {
			if time.Now().After(deadline) {
				t.Fatal("a key outlives its time")
			}
		}
	}
}

func connect(t *testing.T, url string) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	options.MaxRetries = -1
	c := redis.NewClient(options)
	t.Cleanup(func() { _ = c.Close() }) // its server may be gone
	return c
}
