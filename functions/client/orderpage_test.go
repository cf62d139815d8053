package client

import (
	"net/http"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/timestamp"
)

func ended(status event.OrderStatus, at time.Time) event.Order {
	return orderThat(func(o *event.Order) { o.Status, o.UpdatedAt = status, timestamp.Of(at) })
}

func TestOrderPage(t *testing.T) {
	t.Parallel()
	due := anOrder().ExpiresAt.Time
	refundedAt := timestamp.Of(now)
	actions := []string{"/orders/7/pay\"", "/orders/7/extend", "/orders/7/cancel"}
	none := []string{"!/orders/7/pay\"", "!/orders/7/extend", "!/orders/7/cancel"}
	for name, c := range map[string]struct {
		order event.Order
		note  string
		says  []string
	}{
		"open":                 {anOrder(), "", append(actions, "Waiting for payment", `data-until="2026-11-22T15:10:00.000Z"`, "15:10:00 UTC", `data-version="open-1"`, "!data-final")},
		"extended":             {anOrder(), "extended", append(actions, "You have more time now.")},
		"another price":        {anOrder(), "newprice", append(actions, "The price changed")},
		"a note of no meaning": {anOrder(), "<b>", append(actions, "!<b>")},
		"paid a moment ago":    {anOrder(), "paid", append(none, "Payment received", "/orders/7/state?note=paid")},
		"due":                  {orderThat(func(o *event.Order) { o.ExpiresAt = timestamp.Of(now) }), "", append(none, "Expired", "Nothing was charged", `data-version="expired-1"`)},
		"expired":              {ended(event.OrderIsCancelled, due), "", append(none, "Expired", `href="/tickets/3"`)},
		"cancelled":            {ended(event.OrderIsCancelled, due.Add(-time.Second)), "", append(none, "Cancelled", "You gave the ticket back", "data-final")},
		"complete":             {ended(event.OrderIsComplete, now), "paid", append(none, "Receipt", "The ticket is yours", "ada@example.com", "data-final")},
		"paid too late":        {ended(event.OrderIsCancelled, due), "paid", append(none, "Being refunded", "!data-final")},
		"refunded":             {orderThat(func(o *event.Order) { o.Status, o.RefundedAt = event.OrderIsCancelled, &refundedAt }), "", append(none, "Refunded", "Your money went back")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := visitSite(t, answers{"GET /api/orders/7": ok(c.order)}).as(2)
			query := ""
			if c.note != "" {
				query = "?note=" + c.note
			}
			v.get("/orders/7"+query).is(http.StatusOK, append(c.says, "Cup final", "$42.50", "<!doctype html>")...)
			v.get("/orders/7/state"+query).is(http.StatusOK, append(c.says, "Cup final", "!<html")...)
		})
	}
}

func TestOrderPageRefused(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{
		"GET /api/orders/7": refuse(401, "You are not authorized to view this order.", "you_are_not_authorized_to_view_this_order"),
		"GET /api/orders/8": refuse(404, "Order not found.", "order_not_found"),
	}).as(3)
	for _, path := range []string{"/orders/7", "/orders/7/pay"} {
		v.get(path).is(http.StatusForbidden, "This is somebody else&#39;s order", `href="/orders"`)
	}
	v.get("/orders/8").is(http.StatusNotFound, "There is nothing here")
}
