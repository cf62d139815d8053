package chaos

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/systemtest"
)

const (
	// calm is how long the effects of a fault may last after its recovery: what was given to a process that is gone comes again after
	// BUS_ACK_WAIT.
	calm = 3 * time.Second
	// soon is how late an order may be cancelled.
	soon = time.Second
	// steps are those of an expiry that a machine which stalls delays: the scheduler, the broker, orders, PostgreSQL.
	steps = 4
	// swept is how late it may be while Redis is away: five seconds until it counts as overlooked, and an interval of the sweep.
	swept = 5*time.Second + 15*time.Second + soon
	// earliest is how early an order may seem to be cancelled: what is known is when the transaction began, which reads the clock later.
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

// timely returns nil if no order was cancelled for its time before it was up, and none later than it may be, but for what is broken,
// and how the machine stalled.
func (v *verdict) timely(seen []systemtest.Seen, orders []orderLife) error {
	givenBack := map[int32]bool{}
	for _, s := range seen {
		givenBack[s.Order] = givenBack[s.Order] || s.What == systemtest.GivenBack
	}
	var errs []error
	for _, o := range orders {
		if o.CancelledAt == nil || givenBack[o.ID] {
			continue
		}
		during, seems := v.during(o), earliest
		if len(during) > 0 {
			seems = soon // it waited for PostgreSQL
		}
		if early := o.ExpiresAt.Sub(*o.CancelledAt); early > seems+v.host.between(*o.CancelledAt, o.ExpiresAt) && !slices.ContainsFunc(during, func(e incident) bool {
			return e.chosen == "orders" && strings.HasPrefix(e.name, "clock")
		}) {
			errs = append(errs, fmt.Errorf("order %d was cancelled %s before its time", o.ID, early))
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
		if stalled := v.host.between(o.KeptUntil, *o.CancelledAt); late > limit+steps*stalled {
			errs = append(errs, fmt.Errorf("order %d was cancelled %s after its time, more than %s, and the machine stalled for %s at a time only; during %v, %s", o.ID, late, limit, stalled, during, v.before(o)))
		}
	}
	slices.Sort(v.late)
	slices.Sort(v.lateWithoutRedis)
	return errors.Join(errs...)
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

// before says what happened before an order.
func (v *verdict) before(o orderLife) (last string) {
	for _, e := range v.incidents {
		if e.recovered.Before(o.CreatedAt) {
			last = fmt.Sprintf("%s after %s", o.CreatedAt.Sub(e.recovered).Round(time.Millisecond), e)
		}
	}
	return last
}

// TestLatenessIsSeen: the check of expiries finds one that was early or late, and excuses what was broken, given back or kept for a payment.
func TestLatenessIsSeen(t *testing.T) {
	t.Parallel()
	due := time.Unix(1000, 0)
	of := func(part string, begun, recovered time.Duration) incident {
		return incident{fault: fault{name: part}, begun: due.Add(begun), recovered: due.Add(recovered)}
	}
	for name, c := range map[string]struct {
		late, kept time.Duration
		during     []incident
		stalled    time.Duration
		givenBack  bool
		found      bool
	}{
		"in time":                       {late: soon},
		"late":                          {late: soon + time.Millisecond, found: true},
		"early":                         {late: -20 * time.Millisecond, found: true},
		"the machine stalled":           {late: (1 + steps) * soon, stalled: soon},
		"kept for a payment":            {late: 9 * time.Second, kept: 9 * time.Second},
		"kept for one that failed":      {late: 3 * time.Second, kept: 9 * time.Second},
		"given back":                    {late: -time.Second, givenBack: true},
		"the bus was away":              {late: 9 * time.Second, during: []incident{of("bus cut off", 0, time.Second)}},
		"the bus was away before":       {late: 9 * time.Second, during: []incident{of("bus cut off", -time.Minute, -3*time.Second-calm)}, found: true},
		"Redis was away":                {late: swept, during: []incident{of("Redis killed", 0, time.Second)}},
		"Redis was away, and no sweep":  {late: swept + time.Millisecond, during: []incident{of("Redis killed", 0, time.Second)}, found: true},
		"early, and the bus was away":   {late: -2 * soon, during: []incident{of("bus cut off", -5*time.Second, 0)}, found: true},
		"seems early by a slow answer":  {late: -soon, during: []incident{of("PostgreSQL slow", -5*time.Second, 0)}},
		"the clock of orders was wrong": {late: -2 * soon, during: []incident{{fault: fault{name: "clock 30 s ahead"}, chosen: "orders", begun: due.Add(-3 * time.Second), recovered: due}}},
	} {
		ended := due.Add(c.late)
		order := orderLife{ID: 1, CreatedAt: due.Add(-3 * time.Second), ExpiresAt: due, KeptUntil: due.Add(c.kept), CancelledAt: &ended}
		v := &verdict{host: &host{stalls: []stall{{due.Add(soon), c.stalled}}}, incidents: c.during}
		var seen []systemtest.Seen
		if c.givenBack {
			seen = append(seen, systemtest.Seen{What: systemtest.GivenBack, Order: 1})
		}
		if err := v.timely(seen, []orderLife{order}); (err != nil) != c.found {
			t.Errorf("%s: %v, want found = %v", name, err, c.found)
		}
	}
}
