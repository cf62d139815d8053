package client

import (
	"net/http"
	"net/url"
	"testing"
)

func offered(title, price string) url.Values { return url.Values{"title": {title}, "price": {price}} }

func TestNewTicket(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"POST /api/tickets": {{status: http.StatusCreated, body: map[string]any{"message": "Ticket created.", "ticket": aTicket(), "seq": 1}}}}).as(1)
	v.get("/tickets/new").is(http.StatusOK, "Sell a ticket", `inputmode="decimal"`, "!problem")
	v.post("/tickets/new", offered("Cup final", "$42,50")).leadsTo("/tickets/3")
	if got := v.services.one(t, "POST /api/tickets").body; got != `{"title":"Cup final","price":"42.50"}` {
		t.Error(got)
	}
}

func TestNewTicketRefused(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"POST /api/tickets": append(refuse(400, "Invalid title.", "invalid_title"), refuse(400, "Invalid price.", "invalid_price")...)}).as(1)
	v.post("/tickets/new", offered("", "9")).is(400, "Enter a title of 1 to 255 characters.", `value="9"`, "!Enter a price")
	v.post("/tickets/new", offered("Cup", "<free>")).is(400, "Enter a price from 0.50", `value="Cup"`, `value="&lt;free&gt;"`, "!Enter a title", `aria-describedby="price-hint price-problem"`)
}
