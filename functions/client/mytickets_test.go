package client

import (
	"net/http"
	"testing"

	"github.com/gittix/ticketing/shared/event"
)

func TestMyTickets(t *testing.T) {
	t.Parallel()
	list := []reply{{status: http.StatusOK, body: []event.Ticket{heldTicket(), aTicket()}, header: http.Header{"Link": {`</api/tickets?after=3&limit=20&userId=1>; rel="next"`}}}}
	v := visitSite(t, answers{"GET /api/tickets": append(list, ok([]event.Ticket{})...)}).as(1)
	v.get("/tickets/mine").is(http.StatusOK, "Cup final", "Reserved or sold", "Available", `href="/tickets/mine?after=3" rel="next"`, "!Newest")
	if q := v.services.one(t, "GET /api/tickets").URL.RawQuery; q != "limit=20&userId=1" {
		t.Error(q)
	}
	v.get("/tickets/mine?after=3").is(http.StatusOK, "You sell nothing yet.", `href="/tickets/mine"`)
}
