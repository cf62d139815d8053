package systemtest

import (
	"fmt"
	"log/slog"
	"testing"

	"github.com/gittix/ticketing/adapters/local"
	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/api/apitest"
	"github.com/gittix/ticketing/shared/config"
)

// Local runs a system in this process, on backends of its own unless values say otherwise. An answer to its users that
// is not in the published document fails the test.
func Local(t testing.TB, newBus func(testing.TB) *Bus, values config.Values) *System {
	t.Helper()
	port := freePort(t)
	url := fmt.Sprintf("http://127.0.0.1:%d", port)
	s := NewSystem(t, NewBackends(t, newBus, url), url)
	s.client = api.New(api.At(url), api.Config{Transport: apitest.Transport(t, s.transport), Timeout: requestTimeout})
	running, err := local.Start(t.Context(), s.Settings("").With(config.Values{
		"PORT": fmt.Sprint(port), "DATA_DIR": t.TempDir(), "DATABASE_URL": s.Postgres.URL("postgres"), "BUS_ACK_WAIT": "2s",
	}).With(values), Log(t, slog.LevelError))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := running.Stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	s.AwaitReady(t)
	return s
}
