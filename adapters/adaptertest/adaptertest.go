// Package adaptertest is the suite that every adapter of platforms with their own front door must pass.
//
// It runs one small service twice: behind a real net/http server, which says what is right, and behind the
// adapter, in a Harness that plays the platform. Every request must reach the handler as net/http brings it,
// every answer must reach the client as net/http sends it, and every event must end as the architecture's
// table of outcomes has it.
package adaptertest

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/function"
)

// Request is a request as it stands on the wire.
type Request struct {
	Method string
	Target string // path and query, as they are escaped
	Header http.Header
	Body   []byte
}

// Host is where every request goes.
const Host = "shop.example.com"

// Answer is what the client gets. Its body is never nil.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Platform is a service that runs.
type Platform interface {
	// Do carries a request through the front door to the service, and its answer back. An error says that
	// the client got none.
	Do(context.Context, Request) (Answer, error)
	// Deliver hands an event, a JSON text, to the service's only consumer. It returns nil if the event is
	// settled, and an error if it is to come again.
	Deliver(context.Context, []byte) error
}

// Harness runs services on an adapter.
type Harness struct {
	// Start runs a service until the test ends. A request may take so long.
	Start func(t testing.TB, s function.Service, timeout time.Duration) Platform
	Loss  Loss
	Base  string // what clients see before every path, and Do has put there
}

// Loss is what the platform itself takes from requests, so that no adapter can bring it back.
type Loss struct {
	Order bool // of query parameters with different names; and how they were escaped
	Lines bool // whether a repeated header was several lines, or one with commas
}

// longTimeout is far more than any step takes here.
const longTimeout = 30 * time.Second

// Run runs the suite.
func Run(t *testing.T, h Harness) {
	t.Run("requests", func(t *testing.T) { testRequests(t, h) })
	t.Run("malformed paths", func(t *testing.T) { testMalformedPaths(t, h) })
	t.Run("answers", func(t *testing.T) { testAnswers(t, h) })
	t.Run("deadline", func(t *testing.T) { testDeadline(t, h) })
	t.Run("many at once", func(t *testing.T) { testManyAtOnce(t, h) })
	t.Run("events", func(t *testing.T) { testEvents(t, h) })
}

// pair is the right one and the one under test.
type pair struct {
	right, tested Platform
	loss          Loss
	base          string
}

func start(t testing.TB, h Harness, timeout time.Duration) pair {
	t.Helper()
	return pair{NetHTTP().Start(t, newEcho().service(), timeout), h.Start(t, newEcho().service(), timeout), h.Loss, h.Base}
}
