package client

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/event"
)

func TestHome(t *testing.T) {
	t.Parallel()
	list := []reply{{status: http.StatusOK, body: []event.Ticket{heldTicket(), aTicket()}, header: http.Header{"Link": {`</api/tickets?after=3&limit=20&q=a>; rel="next"`}}}}
	v := visitSite(t, answers{"GET /api/tickets": list})
	v.get("/?q=cup++final&available=true&after=9").is(http.StatusOK,
		"Cup final", "$42.50", "Available", "Reserved", `value="cup  final"`, " checked",
		`href="/?available=true&amp;q=cup&#43;&#43;final"`, `href="/?after=3&amp;available=true&amp;q=cup&#43;&#43;final" rel="next"`)
	if q := v.services.one(t, "GET /api/tickets").URL.RawQuery; q != "after=9&available=true&limit=20&q=cup++final" {
		t.Error(q)
	}
}

func TestHomeOfNothing(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"GET /api/tickets": ok([]event.Ticket{})})
	v.get("/").is(http.StatusOK, "Nobody sells a ticket yet.", "!Older", "!Newest", "!checked", "Sign in")
	v.get("/?q=x").is(http.StatusOK, "No ticket fits.")
	v.as(1).get("/").is(http.StatusOK, "ada@example.com", "Sign out", "!Sign in")
}

// TestSearchesThatMakeNoSense are made into ones that tickets takes.
func TestSearchesThatMakeNoSense(t *testing.T) {
	t.Parallel()
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
		v := visitSite(t, answers{"GET /api/tickets": ok([]event.Ticket{})})
		v.get("/?" + query).is(http.StatusOK)
		if got := v.services.one(t, "GET /api/tickets").URL.RawQuery; got != want {
			t.Errorf("%s: %s", query, got)
		}
	}
}

// TestTitlesAreText: nothing that people write becomes markup, on any page that shows it.
func TestTitlesAreText(t *testing.T) {
	t.Parallel()
	ticket, order := aTicket(), anOrder()
	const evil, escaped = `"'><script>alert(1)</script><b onx=1>`, `&lt;script&gt;alert(1)&lt;/script&gt;`
	ticket.Title, order.Ticket.Title = evil, evil
	v := visitSite(t, answers{
		"GET /api/tickets": ok([]event.Ticket{ticket}), "GET /api/tickets/3": ok(ticket),
		"GET /api/orders": ok([]event.Order{order}), "GET /api/orders/7": ok(order),
	}).as(1)
	for _, path := range []string{"/", "/tickets/mine", "/tickets/3", "/tickets/3/state", "/tickets/3/edit", "/orders", "/orders/7", "/orders/7/state", "/orders/7/pay"} {
		v.get(path).is(http.StatusOK, escaped, "!<script>alert", "!<b onx")
	}
	v.get("/?q="+url.QueryEscape(evil)).is(http.StatusOK, escaped, "!<script>alert", "!<b onx")
	v.get("/auth/signin?return="+url.QueryEscape("/"+evil)).is(http.StatusOK, "!<script>alert", "!<b onx")
}

func twenty() []event.Ticket {
	tickets := make([]event.Ticket, 20)
	for i := range tickets {
		tickets[i] = aTicket()
		tickets[i].ID, tickets[i].Title = int32(i+1), fmt.Sprintf("Concert number %d in the great hall of the city, row %d", i*7919, i)
	}
	return tickets
}

// TestWeight: the home page with its style, script and icon is below 30 KB compressed.
func TestWeight(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"GET /api/tickets": ok(twenty())})
	page := v.get("/").is(http.StatusOK)
	all := []string{page.body}
	for _, m := range regexp.MustCompile(`"(/assets/[^"]+)"`).FindAllStringSubmatch(page.body, -1) {
		all = append(all, v.get(m[1]).is(http.StatusOK).body)
	}
	if len(all) < 4 {
		t.Fatalf("only %d parts", len(all))
	}
	weight := 0
	for _, part := range all {
		var b bytes.Buffer
		zip := gzip.NewWriter(&b)
		if _, err := zip.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
		if err := zip.Close(); err != nil {
			t.Fatal(err)
		}
		weight += b.Len()
	}
	t.Logf("%d bytes in %d parts", weight, len(all))
	if weight > 30_000 {
		t.Errorf("%d bytes", weight)
	}
}

// BenchmarkHome is the home page with 20 tickets; BenchmarkTickets is the call to tickets that is part of it.
func BenchmarkHome(b *testing.B) {
	v := visitSite(b, answers{"GET /api/tickets": ok(twenty())})
	for b.Loop() {
		v.get("/").is(http.StatusOK)
	}
}

func BenchmarkTickets(b *testing.B) {
	_, origin := startServices(b, answers{"GET /api/tickets": ok(twenty())})
	v := visitor{t: b, url: origin}
	for b.Loop() {
		v.get("/api/tickets").is(http.StatusOK)
	}
}
