package stress

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gittix/ticketing/shared/api"
)

// changes that a ticket gets after it was offered: its version in the end.
const changes = 3

// offer offers a ticket and changes it.
func (r *run) offer(ctx context.Context, p *Phase, i int) {
	o, seller := &r.offers[i], r.sellers[i%len(r.sellers)]
	err := p.do(ctx, func() (err error) {
		o.ticket, err = seller.OfferTicket(ctx, api.Offer{Title: fmt.Sprint("Seat ", i), Price: "10"})
		return err
	})
	for n := 1; err == nil && n <= changes; n++ {
		err = p.do(ctx, func() (err error) {
			o.ticket, err = seller.ChangeTicket(ctx, o.ticket.ID, api.Offer{Title: fmt.Sprintf("Seat %d, edition %d", i, n), Price: fmt.Sprintf("%d.50", 10+n)})
			return err
		})
	}
	o.whole = err == nil
}

// awaitEvents returns when the events of all offers have come through: a seller offers one more ticket, and asks to
// order it until orders refuses because it is the seller's own.
func (r *run) awaitEvents(ctx context.Context) error {
	last, err := r.sellers[0].OfferTicket(ctx, api.Offer{Title: "The last one", Price: "10"})
	if err != nil {
		return err
	}
	late, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	for {
		_, err := r.sellers[0].PlaceOrder(late, last.ID)
		if errors.Is(err, api.ErrOwnTicket) {
			break
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-late.Done():
			return err
		}
	}
	select {
	case <-time.After(r.Settle):
	case <-ctx.Done():
	}
	return nil
}

// compare looks at a copy, once. From outside, a copy shows only in an order of its ticket, and that order changes the
// ticket: the event of the change would mend a copy that had missed one. So a second look proves nothing.
func (r *run) compare(ctx context.Context, p *Phase, buyer *api.Session, o *offer) {
	if !o.whole {
		return
	}
	order, version := int32(0), int32(-1) // of a copy that is not there
	err := p.do(ctx, func() error {
		placed, err := buyer.PlaceOrder(ctx, o.ticket.ID)
		if err == nil {
			order, version = placed.ID, placed.Ticket.Version
		}
		return err
	}, api.ErrTicketUnknown)
	if err != nil && !errors.Is(err, api.ErrTicketUnknown) {
		return
	}
	r.compared.Add(1)
	if version != changes {
		r.report.broke(&r.report.Late, "ticket %d: its copy in orders is at version %d, not %d", o.ticket.ID, version, changes)
	}
	if order != 0 {
		err = p.do(ctx, func() error { _, err := buyer.CancelOrder(ctx, order); return err })
		o.free = err == nil
	}
}

// contend lets all buyers at one ticket at the same moment, and at one ticket after the other.
func (r *run) contend(ctx context.Context) {
	phase := r.report.begin("contention")
	defer phase.end()
	for _, o := range r.offers {
		if o.free && r.report.Contended < r.Contested && ctx.Err() == nil {
			r.report.Contended++
			r.rush(ctx, phase, o.ticket.ID)
			r.draw(phase.Name, r.report.Contended, r.Contested)
		}
	}
}

// rush is one ticket's. A buyer who gets it cancels the order when all have asked.
func (r *run) rush(ctx context.Context, p *Phase, ticket int32) {
	orders, errs := make([]int32, r.Buyers), make([]error, r.Buyers)
	var all sync.WaitGroup
	gate := make(chan struct{})
	for i := range r.Buyers {
		all.Go(func() {
			<-gate
			errs[i] = p.do(ctx, func() error {
				placed, err := r.users[i].PlaceOrder(ctx, ticket)
				orders[i] = placed.ID
				return err
			}, api.ErrTicketTaken)
		})
	}
	close(gate)
	all.Wait()
	sold, unknown := 0, false // an answer was lost, and perhaps a sale with it
	for i, err := range errs {
		if unknown = unknown || err != nil && !errors.Is(err, api.ErrTicketTaken); err == nil {
			sold++
			_ = p.do(ctx, func() error { _, err := r.users[i].CancelOrder(ctx, orders[i]); return err }) // the phase keeps it
		}
	}
	switch {
	case sold > 1:
		r.report.broke(&r.report.Oversold, "ticket %d: sold %d times", ticket, sold)
	case sold == 0 && !unknown:
		r.report.broke(&r.report.Unsold, "ticket %d: free, and no buyer got it", ticket)
	}
}
