package client

import (
	"net/http"
	"testing"

	"github.com/gittix/ticketing/shared/event"
)

func TestTicketPage(t *testing.T) {
	t.Parallel()
	notYours := refuse(401, "You are not authorized to view this order.", "you_are_not_authorized_to_view_this_order")
	paid := orderThat(func(o *event.Order) { o.Status = event.OrderIsComplete })
	for name, c := range map[string]struct {
		user   int32 // 0: nobody
		ticket event.Ticket
		order  []reply
		says   []string
	}{
		"free, for a guest":      {0, aTicket(), nil, []string{"Order this ticket", `name="price" value="42.5"`, `data-version="free-2"`}},
		"free, for a buyer":      {2, aTicket(), nil, []string{"Order this ticket", "!Change it"}},
		"one's own":              {1, aTicket(), nil, []string{"Change it", "!Order this ticket"}},
		"one's own, ordered":     {1, heldTicket(), nil, []string{"Reserved or sold", "!Change it", "!Order this ticket"}},
		"reserved, for a guest":  {0, heldTicket(), nil, []string{"Somebody has ordered this ticket", "!Order this ticket", `data-version="reserved-2"`}},
		"reserved by another":    {3, heldTicket(), notYours, []string{"Somebody has ordered this ticket", "!/orders/7"}},
		"reserved by oneself":    {2, heldTicket(), ok(anOrder()), []string{"Reserved for you", `href="/orders/7"`}},
		"bought by oneself":      {2, heldTicket(), ok(paid), []string{"You have bought this ticket", `href="/orders/7"`}},
		"its order not there":    {2, heldTicket(), refuse(404, "Order not found.", "order_not_found"), []string{"Somebody has ordered this ticket"}},
		"no session for orders":  {2, heldTicket(), refuse(401, "Not authorized.", "not_authorized"), []string{"Somebody has ordered this ticket"}},
		"offered, in plain time": {0, aTicket(), nil, []string{`<time datetime="2026-11-22T15:00:00Z">Nov 22, 2026, 15:00:00 UTC</time>`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := visitSite(t, answers{"GET /api/tickets/3": ok(c.ticket), "GET /api/orders/7": c.order})
			if c.user != 0 {
				v = v.as(c.user)
			}
			v.get("/tickets/3").is(http.StatusOK, append(c.says, "Cup final", "$42.50", "<!doctype html>", `data-live="/tickets/3/state"`, `<noscript><p class="hint"><a href="">Refresh`)...)
			v.get("/tickets/3/state").is(http.StatusOK, append(c.says, "Cup final", "$42.50", "!<html", `data-live="/tickets/3/state"`)...)
		})
	}
}

func TestTicketPageOfNothing(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"GET /api/tickets/3": refuse(404, "Ticket not found.", "ticket_not_found")})
	v.get("/tickets/3").is(http.StatusNotFound, "There is nothing here")
	v.get("/tickets/3/state").is(http.StatusNotFound)
}
