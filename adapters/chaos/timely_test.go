package chaos

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/systemtest"
)

const (
	// calm is how long the effects of a fault may last after its recovery: what was given to a process that is gone comes again after
	// BUS_ACK_WAIT, twice if that went to another such, and a claim of what is due is held for a while.
	calm = 8 * time.Second
	// soon is how late an order may be cancelled.
	soon = time.Second
	// swept is how late it may be while Redis is away: five seconds until it counts as overlooked, and an interval of the sweep.
	swept = 5*time.Second + 15*time.Second + soon
	// earliest is what a service's clock and PostgreSQL's may differ by in a transaction that waited.
	earliest = 10 * time.Millisecond
)

// lateness is that of orders that expired, sorted.
type lateness []time.Duration

func (l lateness) at(percent int) time.Duration {
	return l[min(len(l)*percent/100, len(l)-1)].Round(time.Millisecond)
}

func (l lateness) String() string {
	if len(l) == 0 {
		return "none"
	}
	return fmt.Sprintf("%d: half within %s of their time, 99 of 100 within %s, all within %s", len(l), l.at(50), l.at(99), l.at(100))
}

// timely: no order was cancelled for its time before it was up; none later than it may be, but for what is broken, and how the machine stalled.
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
		during := v.during(o)
		if early := o.ExpiresAt.Sub(*o.CancelledAt); early > earliest && !slices.ContainsFunc(during, func(e incident) bool {
			return e.chosen == "orders" && strings.HasPrefix(e.name, "clock")
		}) {
			t.Errorf("order %d was cancelled %s before its time", o.ID, early)
		}
		late, limit := o.CancelledAt.Sub(o.KeptUntil), soon
		switch {
		case late < 0: // the payment that it was kept for has failed
			continue
		case len(during) == 0:
			v.late = append(v.late, late)
		case !slices.ContainsFunc(during, func(e incident) bool { return e.part() != "Redis" }):
			v.lateWithoutRedis, limit = append(v.lateWithoutRedis, late), swept
		default:
			continue
		}
		if stalled := v.host.between(o.KeptUntil, *o.CancelledAt); late > limit+stalled {
			t.Errorf("order %d was cancelled %s after its time, more than %s, and the machine stalled for %s only; during %v, after %s", o.ID, late, limit, stalled, during, v.lastBefore(o))
		}
	}
	slices.Sort(v.late)
	slices.Sort(v.lateWithoutRedis)
}

// during are the incidents that an order has seen, from its beginning to its end.
func (v *verdict) during(o orderLife) (during []incident) {
	for _, e := range v.incidents {
		if e.begun.Before(*o.CancelledAt) && o.CreatedAt.Before(e.recovered.Add(calm)) {
			during = append(during, e)
		}
	}
	return during
}

// lastBefore says what happened before an order.
func (v *verdict) lastBefore(o orderLife) string {
	var last string
	for _, e := range v.incidents {
		if e.recovered.Before(o.CreatedAt) {
			last = fmt.Sprintf("%s, recovered from %s before", e, o.CreatedAt.Sub(e.recovered).Round(time.Millisecond))
		}
	}
	return last
}
