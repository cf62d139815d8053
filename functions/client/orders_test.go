package client

import (
	"net/http"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/timestamp"
)

var (
	notYours  = apierror.ErrNotAuthorized // what tickets and payments also say of what is somebody else's
	cancelled = ended(event.OrderIsCancelled, now)
)

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
		"paid a moment ago":    {anOrder(), "paid", append(none, "Payment received", "/orders/7/state?note=paid", "data-soon")},
		"due":                  {orderThat(func(o *event.Order) { o.ExpiresAt = timestamp.Of(now) }), "", append(none, "Expired", "Nothing was charged", `data-version="expired-1"`)},
		"expired":              {ended(event.OrderIsCancelled, due), "", append(none, "Expired", `href="/tickets/3"`)},
		"cancelled":            {ended(event.OrderIsCancelled, due.Add(-time.Second)), "", append(none, "Cancelled", "You gave the ticket back", "data-final")},
		"complete":             {complete, "paid", append(none, "Receipt", "The ticket is yours", "ada@example.com", "data-final")},
		"paid too late":        {ended(event.OrderIsCancelled, due), "paid", append(none, "Being refunded", "!data-final")},
		"refunded":             {orderThat(func(o *event.Order) { o.Status, o.RefundedAt = event.OrderIsCancelled, &refundedAt }), "", append(none, "Refunded", "Your money went back")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := visitSite(t, answers{"GET /api/orders/7": c.order}).as(2)
			v.get("/orders/7?note="+c.note).is(200, append(c.says, "Cup final", "$42.50", "<!doctype html>")...)
			v.get("/orders/7/state?note="+c.note).is(200, append(c.says, "Cup final", "!<html")...)
		})
	}
}

func TestMyOrders(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"GET /api/orders": turns{list([]event.Order{anOrder(), complete, cancelled}, "/api/orders?after=7&limit=20"), []event.Order{}}}).as(2)
	v.get("/orders").is(200, "Cup final", "Waiting for payment", "Paid", "Cancelled", `href="/orders/7"`, `href="/orders?after=7" rel="next"`)
	v.get("/orders?after=7").is(200, "You have ordered nothing yet.", `href="/orders"`)
	if q := v.services.all("GET /api/orders")[1].URL.RawQuery; q != "after=7&limit=20" {
		t.Error(q)
	}
}

func TestPlaceOrder(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{
		"POST /api/orders": turns{reply{201, map[string]any{"order": anOrder()}, nil}, reply{201, map[string]any{"order": anOrder()}, nil}, api.ErrTicketTaken},
		"GET /api/orders":  []event.Order{orderThat(func(o *event.Order) { o.ID, o.TicketID = 9, 4 }), anOrder()},
	}).as(2)
	v.post("/tickets/3/order", "price", "42.5").leadsTo("/orders/7")
	if got := v.services.one(t, "POST /api/orders").body; got != `{"ticketId":3}` {
		t.Error(got)
	}
	v.post("/tickets/3/order", "price", "40").leadsTo("/orders/7?note=newprice")
	v.post("/tickets/3/order").leadsTo("/orders/7") // a button that is pressed twice leads to the order
}

func TestPlaceOrderRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer, ticket any
		status         int
		says           []string
	}{
		"taken":        {api.ErrTicketTaken, nil, 409, []string{"Somebody was faster", `href="/?available=true"`}},
		"own":          {api.ErrOwnTicket, nil, 403, []string{"This is your own ticket", `href="/tickets/3"`}},
		"too many":     {api.ErrTooManyOpen, nil, 429, []string{"You have too many open orders", `href="/orders"`}},
		"no ticket":    {api.ErrTicketUnknown, api.ErrNoSuchTicket, 404, []string{"There is nothing here"}},
		"bus is away":  {api.ErrTicketUnknown, aTicket(), 503, []string{"Something on our side is away", `href="/tickets/3"`}},
		"orders fails": {apierror.New(500, "Internal error."), nil, 503, []string{"Something on our side is away", "!Internal"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := visitSite(t, answers{"POST /api/orders": c.answer, "GET /api/tickets/3": c.ticket, "GET /api/orders": []event.Order{cancelled}}).as(2)
			v.post("/tickets/3/order").is(c.status, c.says...)
		})
	}
}

func TestCancelAndExtendOrder(t *testing.T) {
	t.Parallel()
	often := apierror.New(429, "Slow down.")
	often.RetryAfter = 90 * time.Second
	v := visitSite(t, answers{
		"PATCH /api/orders/7":       turns{map[string]any{"order": anOrder()}, api.ErrOrderComplete, apierror.New(409, "Order is <on> fire.")},
		"PATCH /api/orders/8":       api.ErrNotYoursToEnd,
		"POST /api/orders/7/extend": turns{map[string]any{"order": anOrder()}, api.ErrNotExtendable, often},
		"POST /api/orders/8/extend": api.ErrNotYoursToKeep,
		"GET /api/orders/7":         turns{complete, anOrder()},
	}).as(2)
	v.post("/orders/7/cancel").leadsTo("/orders/7")
	v.post("/orders/7/cancel").is(409, "it can no longer be cancelled", "Receipt")
	v.post("/orders/7/extend").leadsTo("/orders/7?note=extended")
	v.post("/orders/7/extend").is(409, "This order cannot be given more time.", "/orders/7/pay", "!/orders/7/extend")
	for _, form := range []string{"/orders/8/cancel", "/orders/8/extend"} {
		v.post(form).is(http.StatusForbidden, "This is somebody else&#39;s order")
	}
	// What a newer service may say is shown as it is.
	v.post("/orders/7/cancel").is(409, "Order is &lt;on&gt; fire.", "All tickets")
	if s := v.post("/orders/7/extend").is(429, "in 2 minutes", `href="/orders/7"`); s.Header.Get("Retry-After") != "90" {
		t.Error(s.Header.Get("Retry-After"))
	}
}
