package client

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/event"
)

// list is a list of a service, with the link to its next page.
func list(body any, next string) reply {
	return reply{http.StatusOK, body, http.Header{"Link": {"<" + next + `>; rel="next"`}}}
}

func TestHome(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"GET /api/tickets": turns{list([]event.Ticket{heldTicket(), aTicket()}, "/api/tickets?after=3&limit=20&q=a"), []event.Ticket{}}})
	v.get("/?q=cup++final&available=true&after=9").is(200,
		"Cup final", "$42.50", "Available", "Reserved", `value="cup  final"`, " checked",
		`href="/?available=true&amp;q=cup&#43;&#43;final"`, `href="/?after=3&amp;available=true&amp;q=cup&#43;&#43;final" rel="next"`)
	if q := v.services.one(t, "GET /api/tickets").URL.RawQuery; q != "after=9&available=true&limit=20&q=cup++final" {
		t.Error(q)
	}
	v.get("/").is(200, "Nobody sells a ticket yet.", "!Older", "!Newest", "!checked", "Sign in")
	v.get("/?q=x").is(200, "No ticket fits.")
	v.as(1).get("/").is(200, "ada@example.com", "Sign out", "!Sign in")
}

// TestSearch: queries that make no sense are made into ones that tickets takes.
func TestSearch(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"GET /api/tickets": []event.Ticket{}})
	for query, want := range map[string]string{
		"available=perhaps":         "limit=20",
		"after=0":                   "limit=20",
		"after=-1":                  "limit=20",
		"after=99999999999":         "limit=20",
		"q=%00a%0ab":                "limit=20&q=a+b",
		"q=%ff":                     "limit=20",
		"q=" + url.QueryEscape(" "): "limit=20",
		"q=" + strings.Repeat("%C3%A9", longestSearch): "limit=20&q=" + strings.Repeat("%C3%A9", longestSearch/2),
	} {
		v.get("/?" + query).is(200)
		all := v.services.all("GET /api/tickets")
		if got := all[len(all)-1].URL.RawQuery; got != want {
			t.Errorf("%s: %s", query, got)
		}
	}
}

func TestTicketPage(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		user   int32 // 0: a guest
		ticket event.Ticket
		order  any
		says   []string
	}{
		"free, for a guest":     {0, aTicket(), nil, []string{"Order this ticket", `name="price" value="42.5"`, `data-version="free-2"`, `<time datetime="2026-11-22T15:00:00Z">Nov 22, 2026, 15:00:00 UTC</time>`}},
		"free, for a buyer":     {2, aTicket(), nil, []string{"Order this ticket", "!Change it"}},
		"one's own":             {1, aTicket(), nil, []string{"Change it", "!Order this ticket"}},
		"one's own, ordered":    {1, heldTicket(), nil, []string{"Reserved or sold", "!Change it", "!Order this ticket"}},
		"reserved, for a guest": {0, heldTicket(), nil, []string{"Somebody has ordered this ticket", "!Order this ticket", `data-version="reserved-2"`}},
		"reserved by another":   {3, heldTicket(), api.ErrNotYoursToView, []string{"Somebody has ordered this ticket", "!/orders/7"}},
		"reserved by oneself":   {2, heldTicket(), anOrder(), []string{"Reserved for you", `href="/orders/7"`}},
		"bought by oneself":     {2, heldTicket(), complete, []string{"You have bought this ticket", `href="/orders/7"`}},
		"its order not there":   {2, heldTicket(), api.ErrNoSuchOrder, []string{"Somebody has ordered this ticket"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := visitSite(t, answers{"GET /api/tickets/3": c.ticket, "GET /api/orders/7": c.order})
			if c.user != 0 {
				v = v.as(c.user)
			}
			says := append(c.says, "Cup final", "$42.50", `data-live="/tickets/3/state"`)
			v.get("/tickets/3").is(200, append(says, "<!doctype html>", `<noscript><p class="hint"><a href="">Refresh`)...)
			v.get("/tickets/3/state").is(200, append(says, "!<html")...)
		})
	}
}

func TestNewTicket(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"POST /api/tickets": turns{reply{201, map[string]any{"ticket": aTicket()}, nil}, api.ErrInvalidTitle, api.ErrInvalidPrice}}).as(1)
	v.get("/tickets/new").is(200, "Sell a ticket", `inputmode="decimal"`, "!problem")
	v.post("/tickets/new", "title", "Cup final", "price", "$42,50").leadsTo("/tickets/3")
	if got := v.services.one(t, "POST /api/tickets").body; got != `{"title":"Cup final","price":"42.50"}` {
		t.Error(got)
	}
	v.post("/tickets/new", "title", "", "price", "9").is(400, "Enter a title of 1 to 255 characters.", `value="9"`, "!Enter a price")
	v.post("/tickets/new", "title", "Cup", "price", "<free>").is(400, "Enter a price from 0.50", `value="Cup"`, `value="&lt;free&gt;"`, "!Enter a title", `aria-describedby="price-hint price-problem"`)
}

func TestEditTicket(t *testing.T) {
	t.Parallel()
	const change = "PUT /api/tickets/3"
	v := visitSite(t, answers{
		"GET /api/tickets/3": aTicket(), "GET /api/tickets/4": heldTicket(), "GET /api/tickets/5": api.ErrNoSuchTicket,
		change: turns{api.ErrInvalidPrice, map[string]any{"ticket": aTicket()}, notYours, api.ErrTicketReserved},
	})
	v.as(1).get("/tickets/3/edit").is(200, `value="Cup final"`, `value="42.5"`, `action="/tickets/3/edit"`)
	v.as(2).get("/tickets/3/edit").is(403, "This is somebody else&#39;s ticket", "!Cup final")
	v.as(1).get("/tickets/4/edit").is(403, "Somebody has ordered this ticket")
	v.as(1).get("/tickets/5/edit").is(404, "There is nothing here")
	v.as(1).post("/tickets/3/edit", "title", "Cup final", "price", "0").is(400, "Enter a price from 0.50", `value="0"`)
	v.as(1).post("/tickets/3/edit", "title", "Cup final, east", "price", "50").leadsTo("/tickets/3")
	if got := v.services.all(change)[1].body; got != `{"title":"Cup final, east","price":"50"}` {
		t.Error(got)
	}
	v.as(2).post("/tickets/3/edit", "title", "Mine now", "price", "1").is(403, "This is somebody else&#39;s ticket")
	v.as(1).post("/tickets/3/edit", "title", "Cup", "price", "1").is(403, "Somebody has ordered this ticket") // while the form was open
}

func TestMyTickets(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"GET /api/tickets": turns{list([]event.Ticket{heldTicket(), aTicket()}, "/api/tickets?after=3&limit=20&userId=1"), []event.Ticket{}}}).as(1)
	v.get("/tickets/mine").is(200, "Cup final", "Reserved or sold", "Available", `href="/tickets/mine?after=3" rel="next"`, "!Newest")
	if q := v.services.one(t, "GET /api/tickets").URL.RawQuery; q != "limit=20&userId=1" {
		t.Error(q)
	}
	v.get("/tickets/mine?after=3").is(200, "You sell nothing yet.", `href="/tickets/mine"`)
}
