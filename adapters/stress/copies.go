package stress

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/gittix/ticketing/adapters/chaos/shopper"
)

// changes that a ticket gets after it was offered: its version in the end.
const changes = 3

// sell offers every ticket and changes it.
func (r *run) sell(ctx context.Context) {
	phase := r.report.begin("offers")
	r.each(ctx, phase, len(r.offers), func(i int) {
		o := &r.offers[i]
		err := phase.do(ctx, func() (err error) {
			o.ticket, err = r.seller.Offer(ctx, fmt.Sprintf("Seat %d", i), "10")
			return err
		})
		for n := 1; err == nil && n <= changes; n++ {
			err = phase.do(ctx, func() (err error) {
				o.ticket, err = r.seller.Reoffer(ctx, o.ticket.ID, fmt.Sprintf("Seat %d, edition %d", i, n), fmt.Sprintf("%d.50", 10+n))
				return err
			})
		}
		o.whole = err == nil
	})
}

// compare looks at every copy once. From outside, a copy shows in the order of its ticket only, and that order
// changes the ticket: the event of the change would mend a copy that had missed one. So a second look proves nothing.
func (r *run) compare(ctx context.Context) {
	if err := r.awaitEvents(ctx); err != nil && ctx.Err() == nil {
		r.report.Stuck = err
	}
	phase := r.report.begin("copies")
	r.each(ctx, phase, len(r.offers), func(i int) {
		if o := &r.offers[i]; o.whole {
			r.look(ctx, phase, r.buyers[i%len(r.buyers)], o)
		}
	})
}

func (r *run) look(ctx context.Context, phase *Phase, buyer *shopper.Shopper, o *offer) {
	var order int32
	version := int32(-1) // of a copy that is not there
	err := phase.do(ctx, func() error {
		placed, err := buyer.PlaceOrder(ctx, o.ticket.ID)
		if err == nil {
			order, version = placed.ID, placed.Ticket.Version
		}
		return err
	}, notFound)
	if err != nil && !isRefused(err, notFound) {
		return
	}
	r.report.compared(o.ticket.ID, version)
	if order != 0 {
		err = phase.do(ctx, func() error { _, err := buyer.CancelOrder(ctx, order); return err })
		o.free = err == nil
	}
}

// Answers that are no failures where they are expected.
const (
	notFound = "Ticket not found."
	own      = "You cannot order your own ticket."
	reserved = "Ticket is already reserved."
)

func isRefused(err error, message string) bool {
	return shopper.IsRefused(err, http.StatusBadRequest, message)
}

// awaitEvents returns when the events of all offers have come through: the seller offers one more ticket, and asks
// to order it until orders knows it well enough to refuse.
func (r *run) awaitEvents(ctx context.Context) error {
	r.bar.say("waiting for the events")
	defer r.bar.clear()
	last, err := r.seller.Offer(ctx, "The last one", "10")
	if err != nil {
		return err
	}
	if err := shopper.Await(ctx, r.Patience, func(ctx context.Context) error {
		_, err := r.seller.PlaceOrder(ctx, last.ID)
		if isRefused(err, own) {
			return nil
		}
		return err
	}); err != nil {
		return err
	}
	select {
	case <-time.After(r.Settle):
	case <-ctx.Done():
	}
	return nil
}
