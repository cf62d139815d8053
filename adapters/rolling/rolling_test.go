package rolling

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/adapters/systemtest"
)

// TestTwoVersions: clients trade while the version before is updated to this one, while both run side by side on the same
// databases, when the new one is taken back, and when it comes for good. No request fails, no event is lost or becomes a dead letter, and
// in the end every invariant holds.
func TestTwoVersions(t *testing.T) {
	t.Parallel()
	before, now := buildBase(t), systemtest.Build(t)
	t.Run("the new schema is late", func(t *testing.T) {
		t.Parallel()
		schemaIsLate(t, before, now)
	})
	for name, newBus := range systemtest.Buses {
		t.Run("on "+name, func(t *testing.T) {
			t.Parallel()
			s := newSystem(t, newBus)
			s.Timeout = 2 * time.Minute
			older, newer := s.version(t, before), s.version(t, now)
			s.start(t, older)
			clients := s.StartClients(t, 4, systemtest.Trade)
			reader := s.User(t)
			step := func(what string, do func()) {
				failures := clients.Failures.Load()
				do()
				for range 4 { // so that each version of the site asks each of the services
					for _, page := range []string{"/", "/orders"} {
						if status, body, err := reader.Send(t.Context(), "GET", page, "", nil); err != nil || status != 200 {
							t.Errorf("%s: %s: %d %s, %v", what, page, status, body, err)
						}
					}
				}
				pause(t, 3*time.Second)
				if n := clients.Failures.Load() - failures; n > 0 {
					t.Errorf("%s: %d requests failed, the first: %v", what, n, clients.FirstFailure())
				}
			}
			step("the version before", func() {})
			step("the new schema, and both versions", func() { s.start(t, newer) })
			step("the version before starts on the new schema", func() { s.stop(t, older); s.start(t, older) })
			step("rolled back", func() { s.stop(t, newer) })
			step("updated again", func() { s.start(t, newer) })
			step("the new version", func() { s.stop(t, older) })
			clients.Stop()
			s.AwaitRest(t)
			s.Eventually(t, "what clients see", clients.Check)
			t.Logf("confirmed: %+v in %d requests", clients.Confirmed(), clients.Requests.Load())
		})
	}
}

// schemaIsLate: the programs of this version are started while the migrations cannot run. Until they have, the version before goes on
// with all the work, and the new one is not ready; then it is, by itself.
func schemaIsLate(t *testing.T, before, now string) {
	t.Helper()
	s := newSystem(t, systemtest.JetStream)
	older, newer := s.version(t, before), s.version(t, now)
	s.start(t, older)
	clients := s.StartClients(t, 2, systemtest.Trade)
	var unlock []func()
	owners := slices.DeleteFunc(systemtest.DatabaseOwners(), func(service string) bool { return older[service] == nil }) // a new one has no schema that could be late
	for _, service := range owners {
		conn, err := pgx.Connect(t.Context(), s.DatabaseURL(service))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), `BEGIN; LOCK TABLE events_migrations`); err != nil {
			t.Fatal(err)
		}
		unlock = append(unlock, func() {
			if err := conn.Close(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	for _, p := range newer {
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
	}
	pause(t, 3*time.Second)
	for _, service := range owners {
		if err := newer[service].Ready(t.Context(), 0); err == nil {
			t.Errorf("%s is ready without its schema", service)
		}
	}
	if n := clients.Failures.Load(); n > 0 {
		t.Errorf("%d requests failed, the first: %v", n, clients.FirstFailure())
	}
	for _, end := range unlock {
		end()
	}
	s.join(t, newer)
	pause(t, time.Second)
	clients.Stop()
	s.AwaitRest(t)
}

// pause lets the clients work for a while.
func pause(t *testing.T, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	<-ctx.Done()
}
