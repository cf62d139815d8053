// Package systemtest is the kit for tests of whole systems: a running system, users who trade on it, and an audit
// of the invariants.
//
// A system runs in one process (Local), as processes that a test may kill (StartProcesses), or anywhere (At); the
// tests of adapters/knative and adapters/lambda run it as those platforms do, on the same Backends. A User does what
// a browser does. Clients trade at the same time while things break, and record what was confirmed to them. Audit
// says which invariant of the contract does not hold, by SQL; Clients.Check does by HTTP, for systems whose
// databases cannot be reached.
package systemtest

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/adaptertest"
	"github.com/gittix/ticketing/shared/api"
)

// requestTimeout is longer than any service takes to answer, or to give up.
const requestTimeout = 40 * time.Second

// System is a system that runs.
type System struct {
	*Backends               // nil if the system is known by its URL only
	URL       string        // where it answers
	Timeout   time.Duration // for what events bring about
	Insistent bool          // a step that fails is tried again until Timeout
	client    *api.Client
	transport *http.Transport
	users     atomic.Int32 // ids that were given out
}

// NewSystem returns a system that answers at url and stands on backends of the test's own.
func NewSystem(t testing.TB, backends *Backends, url string) *System {
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	s := &System{Backends: backends, URL: url, Timeout: time.Minute, transport: transport}
	s.client = api.New(api.At(url), api.Config{Transport: transport, Timeout: requestTimeout})
	s.users.Store(1_000_000) // far from those who sign up
	t.Cleanup(s.transport.CloseIdleConnections)
	return s
}

// At returns a system that runs elsewhere, where a step may take a while and is tried again. Connections go to
// connect (host:port), or to the URL's host if that is empty.
func At(t testing.TB, url, connect string, timeout time.Duration) *System {
	s := NewSystem(t, nil, url)
	s.Timeout, s.Insistent = timeout, true
	dialer := net.Dialer{Timeout: 10 * time.Second}
	s.transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if connect != "" {
			address = connect
		}
		return dialer.DialContext(ctx, network, address)
	}
	return s
}

// Eventually waits until ready returns nil.
func (s *System) Eventually(t testing.TB, what string, ready func(context.Context) error) {
	t.Helper()
	if err := adaptertest.Await(t.Context(), s.Timeout, ready); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// AwaitReady waits until the system can use all that it needs.
func (s *System) AwaitReady(t testing.TB) {
	t.Helper()
	s.Eventually(t, "ready", func(ctx context.Context) error {
		status, body, err := s.Visitor().Send(ctx, "GET", "/api/healthz", "", nil)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("%d %s", status, body)
		}
		return err
	})
}

// AwaitSound waits until every invariant holds and no event is under way.
func (s *System) AwaitSound(t testing.TB) {
	t.Helper()
	s.Eventually(t, "audit", s.Audit().Check)
}

// AwaitRest waits until every invariant holds and no order or payment is open.
func (s *System) AwaitRest(t testing.TB) {
	t.Helper()
	s.Eventually(t, "audit at rest", s.Audit().AtRest)
}

// Log is shown when the test fails.
func Log(t testing.TB, level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: level}))
}
