// Package stress puts load on a system that runs anywhere, by nothing but its URL, and checks what no load may break.
//
// Its promises: every copy of a ticket in orders is at its last version once the events have come through; of many
// buyers of a free ticket exactly one gets it. What breaks either of them is in the report, and so is every request
// that failed. When its context ends it stops, and reports what it has seen until then.
package stress

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
)

// Settings of a run.
type Settings struct {
	URL       string        // where the system answers
	Connect   string        // host:port to connect to in place of the URL's; empty: the URL's
	Tickets   int           // offered, and changed three times each
	Workers   int           // requests at once, while tickets are offered and copies compared
	Buyers    int           // of one ticket at the same moment
	Contested int           // tickets that all buyers want
	Timeout   time.Duration // for the events to come through
	Settle    time.Duration // after that, for events that are delivered a second time
}

func (s Settings) check() error {
	for _, n := range []struct {
		name             string
		value, low, high int
	}{
		{"tickets", s.Tickets, 1, 100_000}, {"workers", s.Workers, 1, 1024}, {"buyers", s.Buyers, 2, 1024}, {"contested", s.Contested, 0, s.Tickets},
	} {
		if n.value < n.low || n.value > n.high {
			return fmt.Errorf("%s: want %d to %d", n.name, n.low, n.high)
		}
	}
	if s.Timeout <= 0 || s.Settle < 0 {
		return errors.New("timeout, settle: want a duration such as 15s")
	}
	return nil
}

// perUser are the tickets that one user offers, and about as many that one orders: below MAX_OFFERS_PER_HOUR and
// MAX_ORDERS_PER_HOUR by their defaults.
const perUser = 50

// run is one that goes on.
type run struct {
	Settings
	report   *Report
	progress io.Writer
	sellers  []*api.Session
	users    []*api.Session // who buy
	offers   []offer
	compared atomic.Int64
}

// offer is a ticket for sale. One worker at a time uses it.
type offer struct {
	ticket event.Ticket
	whole  bool // it had all of its changes
	free   bool // orders has it, and no order holds it
}

// Run does it all, and writes its progress. The report is of what was done, even if ctx ended first.
// Errors: settings out of range; no user can sign up.
func Run(ctx context.Context, settings Settings, progress io.Writer) (*Report, error) {
	if err := settings.check(); err != nil {
		return nil, err
	}
	r := &run{Settings: settings, progress: progress, report: &Report{}, offers: make([]offer, settings.Tickets)}
	client := api.New(api.At(r.URL), api.Config{Timeout: 40 * time.Second, Transport: r.transport()}) // longer than a service takes
	defer client.Close()
	for range 1 + r.Tickets/perUser {
		r.sellers = append(r.sellers, client.Session(nil))
	}
	for range max(r.Workers, r.Buyers, r.Tickets/perUser) {
		r.users = append(r.users, client.Session(nil))
	}
	all := slices.Concat(r.sellers, r.users)
	signUps := r.each(ctx, "sign-ups", len(all), func(p *Phase, i int) {
		_ = p.do(ctx, func() error { return signUp(ctx, all[i]) }) // the phase keeps it
	})
	if ctx.Err() == nil && signUps.Failures > 0 {
		return nil, fmt.Errorf("sign up at %s: %w", r.URL, signUps.first)
	}
	r.each(ctx, "offers", len(r.offers), func(p *Phase, i int) { r.offer(ctx, p, i) })
	if err := r.awaitEvents(ctx); err != nil && ctx.Err() == nil {
		r.report.broke(new(int), "the events did not come through: %v", err)
	}
	r.each(ctx, "copies", len(r.offers), func(p *Phase, i int) { r.compare(ctx, p, r.users[i%len(r.users)], &r.offers[i]) })
	r.report.Compared = int(r.compared.Load())
	r.contend(ctx)
	r.report.Interrupted = ctx.Err() != nil
	return r.report, nil
}

// signUp makes a new user. Auth lets few wait to sign up: who finds no place comes back when it says, for at most a minute.
func signUp(ctx context.Context, user *api.Session) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		err := user.SignUp(ctx, api.Credentials{Email: "stress-" + rand.Text() + "@example.com", Password: rand.Text()})
		var answer *apierror.Error // of auth, and none of the way there
		if err == nil || !errors.As(errors.Unwrap(err), &answer) || answer.Status != http.StatusServiceUnavailable {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(answer.RetryAfter):
		}
	}
}

func (r *run) transport() *http.Transport {
	dial := (&net.Dialer{Timeout: 10 * time.Second}).DialContext
	return &http.Transport{
		MaxIdleConnsPerHost: max(r.Workers, r.Buyers), TLSHandshakeTimeout: 10 * time.Second,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return dial(ctx, network, cmp.Or(r.Connect, address))
		},
	}
}

// each runs a phase that calls fn with 0 to n-1, by as many workers as there are, until ctx ends. It returns when all
// calls have.
func (r *run) each(ctx context.Context, name string, n int, fn func(p *Phase, i int)) *Phase {
	phase := r.report.begin(name)
	defer phase.end()
	next := make(chan int)
	var workers sync.WaitGroup
	for range r.Workers {
		workers.Go(func() {
			for i := range next {
				fn(phase, i)
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		next <- i // a worker takes it soon: no call outlives ctx
		r.draw(name, i+1, n)
	}
	close(next)
	workers.Wait()
	return phase
}

// draw shows how much of a phase is done, on a line that is written over and over.
func (r *run) draw(phase string, done, of int) {
	const width, clear = 40, "\r\x1b[K"
	bar := strings.Repeat("#", width*done/of) + strings.Repeat(".", width-width*done/of)
	if fmt.Fprintf(r.progress, "%s%-12s[%s] %d/%d", clear, phase, bar, done, of); done == of {
		fmt.Fprint(r.progress, clear)
	}
}
