package systemtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/event"
)

// Confirmed is how much was confirmed to clients.
type Confirmed struct{ Accounts, Offered, Placed, Cancelled, Paid int }

// Confirmed counts. The clients must have stopped.
func (c *Clients) Confirmed() Confirmed {
	sum := Confirmed{Accounts: len(c.accounts)}
	for _, u := range c.traders {
		sum.Offered += len(u.offered)
		sum.Placed += len(u.placed)
		sum.Cancelled += len(u.cancelled)
		sum.Paid += len(u.paid)
	}
	return sum
}

// Check returns nil if nothing that was confirmed is lost and, as far as clients can see, every invariant holds: a
// ticket has at most one live order and knows it, and no order outlives its time. The clients must have stopped;
// what they asked for last may be under way for a moment, so that it fails.
func (c *Clients) Check(ctx context.Context) error {
	all, err := pages(func(p api.Page) (api.List[event.Ticket], error) {
		return c.traders[0].Tickets(ctx, api.Search{Page: p})
	})
	if err != nil {
		return err
	}
	tickets, live := map[int32]event.Ticket{}, map[int32]int32{} // by id; the live order of each
	for _, t := range all {
		tickets[t.ID] = t
	}
	var errs []error
	for _, u := range c.traders {
		orders, err := pages(func(p api.Page) (api.List[event.Order], error) { return u.Orders(ctx, p) })
		if err != nil {
			return err
		}
		for _, o := range orders {
			if Cancelled(o) {
				continue
			}
			if live[o.TicketID] != 0 || holder(tickets[o.TicketID]) != o.ID {
				errs = append(errs, fmt.Errorf("order %d: its ticket %d is held by order %d, and has the live order %d",
					o.ID, o.TicketID, holder(tickets[o.TicketID]), live[o.TicketID]))
			}
			if live[o.TicketID] = o.ID; !Complete(o) && o.Ends().Before(time.Now()) {
				errs = append(errs, fmt.Errorf("order %d is open after its time %v", o.ID, o.Ends()))
			}
		}
		errs = append(errs, u.lost(orders)...)
	}
	for _, u := range c.traders {
		for _, id := range u.offered {
			if t, there := tickets[id]; !there || holder(t) != live[id] {
				errs = append(errs, fmt.Errorf("ticket %d (there: %v) is held by order %d, and has the live order %d", id, there, holder(t), live[id]))
			}
		}
	}
	for _, account := range c.accounts[:min(len(c.accounts), 20)] {
		if err := account.SignIn(ctx); err != nil {
			errs = append(errs, fmt.Errorf("%s cannot sign in: %w", account.Credentials.Email, err))
		}
	}
	return errors.Join(errs[:min(len(errs), 10)]...)
}

// lost are the confirmed changes that these orders do not show.
func (b *trader) lost(orders []event.Order) (errs []error) {
	byID := map[int32]event.Order{}
	for _, o := range orders {
		byID[o.ID] = o
	}
	for _, c := range []struct {
		what string
		ids  []int32
		kept func(event.Order) bool
	}{
		{"placed", b.placed, func(o event.Order) bool { return o.ID != 0 }},
		{"cancelled", b.cancelled, Cancelled},
		{"paid", b.paid, func(o event.Order) bool { return Complete(o) || o.RefundedAt != nil }},
	} {
		isLost := func(id int32) bool { return !c.kept(byID[id]) }
		if i := slices.IndexFunc(c.ids, isLost); i >= 0 {
			errs = append(errs, fmt.Errorf("order %d was %s, and is %+v", c.ids[i], c.what, byID[c.ids[i]]))
		}
	}
	return errs
}

// pages returns all of a list.
func pages[T any](list func(api.Page) (api.List[T], error)) (all []T, err error) {
	for page := (api.Page{Limit: 1000}); ; { // the largest
		l, err := list(page)
		if err != nil {
			return nil, err
		}
		all = append(all, l.Items...)
		if page.After = l.Next; l.Next == 0 {
			return all, nil
		}
	}
}
