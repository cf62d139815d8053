package chaos

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/systemtest"
)

// verdict is what came of a system in chaos.
type verdict struct {
	*field
	bus       string
	begun     time.Time
	incidents []incident
	clients   []*systemtest.Clients
	confirmed systemtest.Confirmed
	answers   int             // about reservations
	late      []time.Duration // of orders that expired while nothing was broken, sorted
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
	v.timely(t, seen, orders)
	if err := linearizable(seen, orders); err != nil {
		t.Error(err)
	}
	v.answers = len(seen)
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

// calm is how long the effects of a fault may last after its recovery: a lease that is still held, a retry that waits.
const calm = 20 * time.Second

// timely: no order was cancelled for its time before it was up, and none much later, but for faults.
func (v *verdict) timely(t *testing.T, seen []systemtest.Seen, orders []orderLife) {
	t.Helper()
	givenBack := map[int32]bool{}
	for _, s := range seen {
		givenBack[s.Order] = givenBack[s.Order] || s.What == systemtest.GivenBack
	}
	for _, o := range orders {
		if o.CancelledAt == nil || givenBack[o.ID] {
			continue
		}
		late, broken, skewed := o.CancelledAt.Sub(o.KeptUntil), false, false
		for _, e := range v.incidents {
			if e.begun.Before(*o.CancelledAt) && o.CreatedAt.Before(e.recovered.Add(calm)) {
				broken, skewed = true, skewed || e.chosen == "orders" && strings.HasPrefix(e.name, "clock")
			}
		}
		if early := o.ExpiresAt.Sub(*o.CancelledAt); early > time.Second && !skewed {
			t.Errorf("order %d was cancelled %s before its time", o.ID, early)
		}
		if !broken {
			v.late = append(v.late, late)
		}
	}
	slices.Sort(v.late)
	if n := len(v.late); n > 0 && v.late[n-1] > chosen().late*20 {
		t.Errorf("an order was cancelled %s after its time, though nothing was broken", v.late[n-1])
	}
}
