package client

import (
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/timestamp"
)

// TestPayState: what a page that asks for a card says of the time, while it is open. When there is nothing to pay any more, it leads away.
func TestPayState(t *testing.T) {
	t.Parallel()
	held := timestamp.Of(now.Add(30 * time.Second))
	due := orderThat(func(o *event.Order) { o.ExpiresAt = timestamp.Of(now) })
	kept := orderThat(func(o *event.Order) { o.ExpiresAt, o.HeldUntil = timestamp.Of(now), &held })
	for _, c := range []struct {
		name  string
		order event.Order
		money api.OrderPayment
		step  string
		until string // "": it leads to the order
	}{
		{"open", order7, nothingPaid, "", "15:10:00"},
		{"second step", order7, asksForSecond, "?step=2", "15:10:00"},
		{"extended elsewhere", orderThat(func(o *event.Order) { o.ExpiresAt = timestamp.Of(now.Add(15 * time.Minute)) }), nothingPaid, "", "15:15:00"},
		{"cancelled elsewhere", cancelled, nothingPaid, "", ""},
		{"cancelled elsewhere, second step", cancelled, asksForSecond, "?step=2", ""},
		{"paid elsewhere", complete, nothingPaid, "", ""},
		{"confirmed elsewhere", order7, paymentThat(event.PaymentSucceeded), "?step=2", ""},
		{"due", due, nothingPaid, "", ""},
		{"due, second step", due, asksForSecond, "", ""},
		{"kept for the second step", kept, asksForSecond, "?step=2", "15:00:30"},
		{"kept, and none has begun", kept, nothingPaid, "?step=2", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := visitSite(t, answers{"GET /api/orders/7": c.order, payment: c.money}, nil).as(2).ask("GET /orders/7/pay/state"+c.step, nil)
			if c.until == "" {
				s.leadsTo("/orders/7")
				return
			}
			s.is(200, `data-until="2026-11-22T`+c.until+`.000Z"`, `data-live="/orders/7/pay/state`+c.step+`"`, "!<html", "!tok_visa")
		})
	}
}
