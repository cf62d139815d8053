package client

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/gittix/ticketing/shared/event"
)

func TestPlaceOrder(t *testing.T) {
	t.Parallel()
	placed := reply{status: http.StatusCreated, body: map[string]any{"message": "Order created.", "order": anOrder(), "seq": 1}}
	v := visitSite(t, answers{"POST /api/orders": {placed}}).as(2)
	v.post("/tickets/3/order", url.Values{"price": {"42.5"}}).leadsTo("/orders/7")
	if got := v.services.all("POST /api/orders"); len(got) != 1 || got[0].body != `{"ticketId":3}` {
		t.Error(got)
	}
	v.post("/tickets/3/order", url.Values{"price": {"40"}}).leadsTo("/orders/7?note=newprice")
	v.post("/tickets/3/order", nil).leadsTo("/orders/7")
}

func TestPlaceOrderRefused(t *testing.T) {
	t.Parallel()
	unknown := refuse(400, "Ticket not found.", "ticket_not_found")
	for name, c := range map[string]struct {
		answer, ticket []reply
		status         int
		says           []string
	}{
		"taken":        {refuse(400, "Ticket is already reserved.", "ticket_is_already_reserved"), nil, 409, []string{"Somebody was faster", `href="/?available=true"`}},
		"own":          {refuse(400, "You cannot order your own ticket.", "you_cannot_order_your_own_ticket"), nil, 403, []string{"This is your own ticket", `href="/tickets/3"`}},
		"too many":     {refuse(429, "Too many open orders.", "too_many_open_orders"), nil, 429, []string{"You have too many open orders", `href="/orders"`}},
		"no ticket":    {unknown, refuse(404, "Ticket not found.", "ticket_not_found"), 404, []string{"There is nothing here"}},
		"bus is away":  {unknown, ok(aTicket()), 503, []string{"Something on our side is away", `href="/tickets/3"`}},
		"orders fails": {refuse(500, "Internal error.", "internal_error"), nil, 503, []string{"Something on our side is away", "!Internal"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cancelled := orderThat(func(o *event.Order) { o.Status = event.OrderIsCancelled })
			v := visitSite(t, answers{"POST /api/orders": c.answer, "GET /api/tickets/3": c.ticket, "GET /api/orders": ok([]event.Order{cancelled})}).as(2)
			v.post("/tickets/3/order", nil).is(c.status, c.says...)
		})
	}
}

// TestPlaceOrderTwice: a button that is pressed twice leads to the order.
func TestPlaceOrderTwice(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{
		"POST /api/orders": refuse(400, "Ticket is already reserved.", "ticket_is_already_reserved"),
		"GET /api/orders":  ok([]event.Order{orderThat(func(o *event.Order) { o.ID, o.TicketID = 9, 4 }), anOrder()}),
	}).as(2)
	v.post("/tickets/3/order", nil).leadsTo("/orders/7")
}
