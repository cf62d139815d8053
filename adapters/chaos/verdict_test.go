package chaos

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/systemtest"
)

// verdict is what came of a system in chaos.
type verdict struct {
	*field
	host                   *host
	begun                  time.Time
	incidents              []incident
	clients                []*systemtest.Clients
	confirmed              systemtest.Confirmed
	answers                int // about reservations
	events                 int
	late, lateWithoutRedis lateness // of orders that expired while nothing was broken, or Redis alone
}

// check fails the test for all that went wrong beyond what the audit sees. The clients have stopped, and the system is at rest.
func (v *verdict) check(t *testing.T) {
	t.Helper()
	var seen []systemtest.Seen
	sum := &v.confirmed
	for _, c := range v.clients {
		v.Eventually(t, "what clients see", c.Check)
		for _, f := range c.Failed() {
			v.blame(t, f)
		}
		seen = append(seen, c.History()...)
		one := c.Confirmed()
		sum.Accounts, sum.Offered, sum.Placed = sum.Accounts+one.Accounts, sum.Offered+one.Offered, sum.Placed+one.Placed
		sum.Cancelled, sum.Paid = sum.Cancelled+one.Cancelled, sum.Paid+one.Paid
	}
	if min(sum.Accounts, sum.Offered, sum.Placed, sum.Cancelled, sum.Paid) == 0 {
		t.Errorf("too little was done to show anything: %+v", *sum)
	}
	orders, err := lives(t.Context(), v.Database("orders"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(v.timely(seen, orders), linearizable(seen, orders)); err != nil {
		t.Error(err)
	}
	v.answers = len(seen)
	v.events = v.accounted(t)
}

// blame fails the test for a failed request unless some fault explains it.
func (v *verdict) blame(t *testing.T, f systemtest.Failure) {
	t.Helper()
	var last string
	for i, e := range v.incidents {
		if e.begun.Before(f.Answered) && f.Asked.Before(e.recovered) && !e.quiet {
			v.incidents[i].failed++
			return
		}
		if e.begun.Before(f.Asked) {
			last = fmt.Sprintf("%s after the begin of %s", f.Asked.Sub(e.begun).Round(time.Millisecond), e)
		}
	}
	t.Errorf("a request failed after %s, asked %s: %v", f.Answered.Sub(f.Asked).Round(time.Millisecond), last, f.Err)
}
