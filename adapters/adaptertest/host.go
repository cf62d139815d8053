package adaptertest

import (
	"context"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/process"
)

// Started starts a host, unless err says that there is none, and closes it at the end of the test, if the test does not.
func Started(t testing.TB, host *process.Host, err error) *process.Host {
	t.Helper()
	if err == nil {
		err = host.Start(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := host.Close(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return host
}

// Wait returns what a channel gives within half a minute.
func Wait[T any](t testing.TB, ch <-chan T) (v T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	select {
	case v = <-ch:
	case <-ctx.Done():
		t.Fatal("nothing happened")
	}
	return v
}
