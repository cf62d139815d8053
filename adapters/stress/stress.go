// Package stress puts load on a system that runs anywhere, by nothing but its URL, and checks what no load may break.
//
// Its promises: every copy of a ticket in orders is at its last version once the events have come through;
// of many buyers of a free ticket exactly one gets it. What breaks either of them is in the report, and so is
// every request that failed. When its context ends it stops, and reports what it has seen until then.
package stress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gittix/ticketing/adapters/chaos/shopper"
	"github.com/gittix/ticketing/shared/event"
)

// Settings of a run.
type Settings struct {
	URL       string        // where the system answers
	Connect   string        // host:port to connect to in place of the URL's; empty: the URL's
	Tickets   int           // offered, and changed three times each
	Workers   int           // requests at once, while tickets are offered and copies looked at
	Buyers    int           // of one ticket at the same moment
	Contested int           // tickets that all buyers want
	Patience  time.Duration // for the events to come through
	Settle    time.Duration // after that, for events that are delivered a second time
}

func (s Settings) check() error {
	switch {
	case s.Tickets < 1 || s.Tickets > 100_000:
		return errors.New("tickets: want 1 to 100000")
	case s.Workers < 1 || s.Workers > 1024:
		return errors.New("workers: want 1 to 1024")
	case s.Buyers < 2 || s.Buyers > 1024:
		return errors.New("buyers: want 2 to 1024")
	case s.Contested < 0 || s.Contested > s.Tickets:
		return errors.New("contested: want 0 to the number of tickets")
	case s.Patience <= 0 || s.Settle < 0:
		return errors.New("patience, settle: want a duration such as 15s")
	}
	return nil
}

// run is one that goes on.
type run struct {
	Settings
	bar    *bar
	report *Report
	seller *shopper.Shopper
	buyers []*shopper.Shopper
	offers []offer
}

// offer is a ticket for sale. Only the worker that has it at hand touches it.
type offer struct {
	ticket event.Ticket
	whole  bool // it had all of its changes
	free   bool // orders knows it, and nobody holds it
}

// Run does it all, and draws its progress on a terminal. The report is of what was done, even if ctx ended first.
// Errors: settings out of range; nobody can sign up.
func Run(ctx context.Context, settings Settings, terminal io.Writer) (*Report, error) {
	if err := settings.check(); err != nil {
		return nil, err
	}
	r := &run{Settings: settings, bar: &bar{out: terminal}, report: &Report{}, offers: make([]offer, settings.Tickets)}
	transport := r.transport()
	defer transport.CloseIdleConnections()
	for range 1 + max(r.Workers, r.Buyers) {
		person, err := shopper.New(r.URL, transport)
		if err != nil {
			return nil, err
		}
		r.buyers = append(r.buyers, person)
	}
	if err := r.signUp(ctx); err != nil {
		return nil, err
	}
	r.seller, r.buyers = r.buyers[0], r.buyers[1:]
	for _, step := range []func(context.Context){r.sell, r.compare, r.contend} {
		step(ctx)
	}
	r.report.Interrupted = ctx.Err() != nil
	return r.report, nil
}

func (r *run) transport() *http.Transport {
	dialer := net.Dialer{Timeout: 10 * time.Second}
	return &http.Transport{
		MaxIdleConnsPerHost: max(r.Workers, r.Buyers),
		TLSHandshakeTimeout: 10 * time.Second,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if r.Connect != "" {
				address = r.Connect
			}
			return dialer.DialContext(ctx, network, address)
		},
	}
}

func (r *run) signUp(ctx context.Context) error {
	phase := r.report.begin("sign-ups")
	r.each(ctx, phase, len(r.buyers), func(i int) {
		_ = phase.do(ctx, func() error { return r.buyers[i].SignUp(ctx) }) // the phase keeps it
	})
	if ctx.Err() == nil && phase.Failures > 0 {
		return fmt.Errorf("sign up at %s: %w", r.URL, phase.first)
	}
	return nil
}

// each calls fn with 0 to n-1, by as many workers as there are, until ctx ends; and returns when all calls have.
func (r *run) each(ctx context.Context, phase *Phase, n int, fn func(i int)) {
	defer phase.end()
	defer r.bar.clear()
	next := make(chan int)
	var workers sync.WaitGroup
	for range r.Workers {
		workers.Go(func() {
			for i := range next {
				fn(i)
				r.bar.advance(phase.Name, n)
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		next <- i // a worker takes it soon: no call outlives ctx
	}
	close(next)
	workers.Wait()
}
