package client

import (
	"net/http"
	"testing"
)

func TestEditTicket(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{
		"GET /api/tickets/3": ok(aTicket()),
		"PUT /api/tickets/3": append(refuse(400, "Invalid price.", "invalid_price"), reply{status: http.StatusOK, body: map[string]any{"ticket": aTicket()}}),
	}).as(1)
	v.get("/tickets/3/edit").is(http.StatusOK, `value="Cup final"`, `value="42.5"`, `action="/tickets/3/edit"`)
	v.post("/tickets/3/edit", offered("Cup final", "0")).is(400, "Enter a price from 0.50", `value="0"`)
	v.post("/tickets/3/edit", offered("Cup final, east", "50")).leadsTo("/tickets/3")
	if got := v.services.all("PUT /api/tickets/3")[1].body; got != `{"title":"Cup final, east","price":"50"}` {
		t.Error(got)
	}
}

func TestEditTicketRefused(t *testing.T) {
	t.Parallel()
	a := answers{
		"GET /api/tickets/3": ok(aTicket()), "GET /api/tickets/4": ok(heldTicket()),
		"GET /api/tickets/5": refuse(404, "Ticket not found.", "ticket_not_found"),
		"PUT /api/tickets/3": refuse(403, "Ticket is reserved.", "ticket_is_reserved"),
	}
	v := visitSite(t, a)
	v.as(2).get("/tickets/3/edit").is(403, "This is somebody else&#39;s ticket", "!Cup final")
	v.as(2).post("/tickets/3/edit", offered("Mine now", "1")).is(403, "This is somebody else&#39;s ticket")
	v.as(1).get("/tickets/4/edit").is(403, "Somebody has ordered this ticket")
	v.as(1).get("/tickets/5/edit").is(404, "There is nothing here")
	if len(v.services.all("PUT /api/tickets/3")) != 0 {
		t.Error("tried to change somebody else's")
	}
	v.as(1).post("/tickets/3/edit", offered("Cup", "1")).is(403, "Somebody has ordered this ticket") // while the form was open
}
