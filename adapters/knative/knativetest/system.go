// Package knativetest plays Knative for tests of whole systems: each service is its real program, which sleeps until a request
// comes, and the dispatcher brings the events.
package knativetest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/busroles"
	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// System is one whose services sleep.
type System struct {
	*systemtest.System
	Revisions  map[string]*Revision
	Dispatcher *systemtest.Process
	Inside     string // URL in the cluster: /<service>/… is a service's own address
}

// Config says how the services run.
type Config struct {
	H2C   bool             // HTTP/2 without TLS
	Idle  time.Duration    // without requests, after which a process is ended; 0: never
	Adapt systemtest.Adapt // of the dispatcher's settings, too
}

// Start starts the dispatcher. The services wait for requests.
func Start(t testing.TB, programs string, backends *systemtest.Backends, front *systemtest.Front, c Config) *System {
	t.Helper()
	var protocols http.Protocols
	protocols.SetHTTP1(!c.H2C)
	protocols.SetUnencryptedHTTP2(c.H2C)
	transport := &http.Transport{Protocols: &protocols, MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	s := &System{System: systemtest.NewSystem(t, backends, front.URL), Revisions: map[string]*Revision{}}
	s.CheckAnswers(t)
	s.CreateDatabases(t)
	mux := http.NewServeMux()
	for _, def := range functions.Services() {
		own := s.Settings(def.Name).With(config.Values{"BUS_URL": ""})
		r := newRevision(t, programs, def.Name, transport, c.Adapt(def.Name, own))
		s.Revisions[def.Name] = r
		mux.Handle("/"+def.Name+"/", http.StripPrefix("/"+def.Name, r))
	}
	inside := httptest.NewServer(mux)
	t.Cleanup(inside.Close)
	s.Inside = inside.URL
	front.Serve(t, systemtest.Routes(t, func(service string, _ function.Endpoint) http.Handler { return s.Revisions[service] }))

	own := s.Settings(busroles.Dispatcher).With(config.Values{"DISPATCH_TARGET": s.Inside + "/{service}/events/{consumer}"})
	for _, name := range systemtest.DatabaseOwners() {
		own["DISPATCH_OUTBOXES"] += name + "=" + s.DatabaseURL(name) + " "
	}
	s.Dispatcher = systemtest.NewProcess(t, programs, "dispatcher", c.Adapt(busroles.Dispatcher, own))
	if err := s.Dispatcher.Start(); err != nil {
		t.Fatal(err)
	}
	if c.Idle > 0 {
		var all sync.WaitGroup
		for _, r := range s.Revisions {
			all.Go(func() { r.autoscale(t.Context(), t, c.Idle) })
		}
		t.Cleanup(all.Wait)
	}
	return s
}

// Tick does what a PingSource does: it lets a service run a schedule.
func (s *System) Tick(service, schedule string) error {
	answer, err := http.Post(s.Inside+"/"+service+"/schedules/"+schedule, "", http.NoBody) //nolint:noctx // the service has its own limit
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", schedule, answer.Status)
	}
	if err != nil {
		return err
	}
	return answer.Body.Close()
}
