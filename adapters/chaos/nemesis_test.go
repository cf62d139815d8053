package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gittix/ticketing/adapters/adaptertest"
	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/event"
)

// recoveryLimit is how long a system may take from the end of a fault until it sells tickets again.
const recoveryLimit = time.Minute

// incident is one fault that happened.
type incident struct {
	fault
	chosen                  string
	begun, ended, recovered time.Time
	failed                  int // requests
}

func (e incident) String() string {
	if e.chosen == "" {
		return e.name
	}
	return e.name + ": " + e.chosen
}

// lull is a time without faults, in which orders expire as they should always.
const lull = calm + 6*time.Second

// suffer lets the faults happen one after the other, as long as the figures say; one of three comes together with another if they
// ask for pairs. After each the system must sell again by itself. After some, and after the last, nothing happens for a while.
func (f *field) suffer(deck func() fault, how figures) (incidents []incident) {
	f.t.Helper()
	for until := time.Now().Add(how.long); time.Now().Before(until); {
		var now []incident
		var ends []func() error
		for len(now) == 0 || how.pairs && len(now) == 1 && f.random.IntN(3) == 0 {
			next := deck()
			if len(now) == 1 && next.part() == now[0].part() {
				continue
			}
			f.chosen = ""
			e := incident{fault: next, begun: time.Now()}
			end, err := next.begin(f)
			if err != nil {
				f.t.Fatalf("%s: %v", next.name, err)
			}
			e.chosen = f.chosen
			now, ends = append(now, e), append(ends, end)
		}
		pause(f.t, how.shortest+time.Duration(f.random.Int64N(int64(how.longest-how.shortest))))
		for i, end := range ends {
			if err := end(); err != nil {
				f.t.Fatalf("the end of %s: %v", now[i], err)
			}
			now[i].ended = time.Now()
		}
		err := f.recover()
		for i := range now {
			e := &now[i]
			e.recovered = time.Now()
			f.t.Logf("%s, for %s; recovered after %s", e, e.ended.Sub(e.begun).Round(time.Millisecond), e.recovered.Sub(e.ended).Round(time.Millisecond))
		}
		incidents = append(incidents, now...)
		if err != nil {
			f.t.Fatalf("not recovered: %v", err)
		}
		if pause(f.t, how.shortest/2); how.pairs && f.random.IntN(5) == 0 {
			pause(f.t, lull)
		}
	}
	pause(f.t, lull)
	return incidents
}

// recover waits until every service is ready, and a ticket can be sold.
func (f *field) recover() error {
	deadline := time.Now().Add(recoveryLimit)
	for _, p := range f.parts {
		if err := p.Ready(f.t.Context(), time.Until(deadline)); err != nil {
			return err
		}
	}
	return f.sell(time.Until(deadline))
}

// sell sells a ticket, by as many tries as it needs.
func (f *field) sell(within time.Duration) error {
	seller, buyer := f.User(f.t), f.User(f.t)
	var ticket event.Ticket
	var order event.Order
	var paid api.Receipt
	return adaptertest.Await(f.t.Context(), within, func(ctx context.Context) (err error) {
		if ticket.ID == 0 {
			if ticket, err = seller.OfferTicket(ctx, api.Offer{Title: "Proof", Price: "10"}); err != nil {
				return err
			}
		}
		if order.ID == 0 {
			if order, err = buyer.PlaceOrder(ctx, ticket.ID); err != nil {
				return err
			}
		}
		if paid.Payment.ID == 0 {
			if paid, err = buyer.Pay(ctx, order.ID, "tok_visa"); err != nil && !errors.Is(err, api.ErrOrderUnknown) {
				order = event.Order{} // its time is up, perhaps, or an answer was lost
				ticket = event.Ticket{}
			}
			if err != nil {
				return err
			}
		}
		order, err = buyer.Order(ctx, order.ID)
		if err == nil && !systemtest.Complete(order) {
			err = fmt.Errorf("paid, and it is %+v", order)
		}
		return err
	})
}
