// Package redistest gives a test an empty Redis of its own.
package redistest

import (
	"context"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/embedded/redisserver"
)

// stopLimit bounds the end of a server.
const stopLimit = 30 * time.Second

// Server starts a Redis for this test alone, which may stop and restart it,
// and stops it when the test ends. That takes some ten milliseconds. Where no
// redis-server is installed it is a miniredis (see redisserver).
func Server(t testing.TB) *redisserver.Server {
	t.Helper()
	server, err := redisserver.Start(t.Context(), redisserver.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal("redistest: ", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
		defer cancel()
		if err := server.Stop(ctx); err != nil {
			t.Error("redistest: ", err)
		}
	})
	return server
}
