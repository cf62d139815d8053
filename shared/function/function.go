// Package function is the contract between handlers and the platforms that run them.
//
// A Service is a table of contents: endpoints answer HTTP requests, consumers answer events, schedules run
// by the clock. A handler knows no platform; an adapter runs the handlers of any Service, all of them or some (Open,
// Select). What platforms and clients need to know of a function (settings, time, memory, errors, types) stands
// beside it in the table, and manifests and documents are generated from that.
package function

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/outbox"
)

// Service is a list of functions and what they stand on.
type Service struct {
	Name      string
	Settings  []any // that every function of the service reads, as zero values of their types
	Endpoints []Endpoint
	Consumers []Consumer
	Schedules []Schedule

	// Refuse answers requests that no handler answers: another site's, and those whose handler panicked. nil: in JSON, as
	// package apierror does.
	Refuse func(http.ResponseWriter, *http.Request, error)

	Outbox      outbox.Source                           // what is to be relayed to the bus; nil if the service publishes nothing
	DeadLetters DeadLetters                             // where consumers leave what they reject; nil if there are none
	Resend      func(context.Context, DeadLetter) error // has a message sent again that no event has caused; nil: there are no such dead letters
	Signatures  event.Signatures                        // of the events that it sends and consumes; see Sign

	// Clock is where the service finds its clock; nil: it has none, or asks the database. Who sets another one does so before
	// anything of the service runs.
	Clock *func() time.Time

	// Collectors are the service's own metrics. An adapter whose processes can be scraped registers them
	// (telemetry.Register).
	Collectors []prometheus.Collector

	// Start makes the service ready to work (say, migrates its database). An adapter whose processes stay
	// calls it again until it succeeds, and serves meanwhile. Where processes come and go a deploy calls it
	// (`ticketing migrate`), and handlers run without it.
	Start func(context.Context) error
	// Ready returns nil while the service can reach what it depends on.
	Ready func(context.Context) error
	// Stop releases what the service holds, when nothing of it runs any more.
	Stop func()

	// EndSessions ends all sessions of one user, by e-mail address or id, or of every user for "", and returns of how many users.
	// It is for operators; nil where there are no users.
	EndSessions func(ctx context.Context, who string) (int, error)

	// Restore is for operators, after a restore from a backup; nil where nothing is kept.
	Restore *Restore
}

// Endpoint answers one method on one path.
type Endpoint struct {
	Name    string // unique in the system, such as create-order
	Method  string
	Path    string // as in http.ServeMux, such as /api/orders/{id}
	Handler http.Handler
	Contract
	Needs

	bodiless bool // a request's body is not read
}

// Consumer answers events of one or more types.
//
// Handle returns nil for done, Reject(err) for an event that can never be handled, and any other error
// for "again later". It may be given an event twice, late, or before its predecessor. Where there is a Batch, Handle waits for others
// that come at the same time.
type Consumer struct {
	Name   string // unique in the system, such as lock-ticket
	Types  []string
	Handle func(context.Context, event.Event) error
	Batch  func(context.Context, []event.Event) error // handles many at once, in one step; nil: each is handled alone
	Needs
}

// Schedule runs by the clock. Several processes may run it at once.
//
// Where no clock runs while nobody calls, it runs when Due says, or else once after a change, at its next full interval.
type Schedule struct {
	Name  string // unique in the system, such as sweep-overdue
	Every time.Duration
	Run   func(context.Context) error
	Due   func(context.Context) (time.Time, error) // when it will have something to do, zero: as far as is known never; nil: it does not know
	Needs
}

// Select returns the service with only the named functions, or all if names is empty.
// Errors: a name that the service does not have.
func (s Service) Select(names ...string) (Service, error) {
	if len(names) == 0 {
		return s, nil
	}
	known := s.Functions()
	for _, n := range names {
		if !slices.Contains(known, n) {
			return Service{}, fmt.Errorf("FUNCTIONS: %s has no function %q, only %s", s.Name, n, strings.Join(known, ", "))
		}
	}
	other := func(name string) bool { return !slices.Contains(names, name) }
	s.Endpoints = slices.DeleteFunc(slices.Clone(s.Endpoints), func(e Endpoint) bool { return other(e.Name) })
	s.Consumers = slices.DeleteFunc(slices.Clone(s.Consumers), func(c Consumer) bool { return other(c.Name) })
	s.Schedules = slices.DeleteFunc(slices.Clone(s.Schedules), func(c Schedule) bool { return other(c.Name) })
	return s, nil
}

// Functions returns the names of the service's functions.
func (s Service) Functions() []string {
	var names []string
	for _, e := range s.Endpoints {
		names = append(names, e.Name)
	}
	for _, c := range s.Consumers {
		names = append(names, c.Name)
	}
	for _, c := range s.Schedules {
		names = append(names, c.Name)
	}
	return names
}

// Every returns a schedule.
func Every(name string, interval time.Duration, run func(context.Context) error) Schedule {
	return Schedule{Name: name, Every: interval, Run: run, Needs: Needs{Source: nameOf(run)}}
}

// DueAt says how the schedule knows when it will have something to do.
func (s Schedule) DueAt(due func(context.Context) (time.Time, error)) Schedule {
	s.Due = due
	return s
}
