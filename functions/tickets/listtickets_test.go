package tickets_test

import (
	"net/http"
	"regexp"
	"slices"
	"testing"

	"github.com/gittix/ticketing/functions/tickets"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

var next = regexp.MustCompile(`^<(.+)>; rel="next"$`)

// titles follows the pages from target on.
func (f fixture) titles(target string) (all []string, pages int) {
	f.t.Helper()
	for range 20 {
		a := f.Call(0, "GET", target, "")
		for _, ticket := range functiontest.Parse[[]event.Ticket](f.t, a, 200) {
			all = append(all, ticket.Title)
		}
		pages++
		match := next.FindStringSubmatch(a.Header.Get("Link"))
		if match == nil {
			return all, pages
		}
		target = match[1]
	}
	f.t.Fatal("the pages do not end")
	return nil, 0
}

func TestListTickets(t *testing.T) {
	t.Parallel()
	f := start(t)
	if a := f.Call(0, "GET", "/api/tickets", ""); a.Body != "[]" || a.Header.Get("Link") != "" {
		t.Errorf("nothing yet: %s", a.Body)
	}
	held := f.create("Opera in Rome")
	for _, title := range []string{"opera 100%", "Rock_and_roll", `C:\opera`, "Été à Rome"} {
		f.create(title)
	}
	functiontest.Parse[tickets.Reply](t, f.Call(stranger, "POST", "/api/tickets", offer("Ballet", "3")), 201)
	f.Must(f.send(order(1, held.ID, 0, event.OrderIsCreated)))
	f.Must(f.send(order(2, held.ID+1, 0, event.OrderIsComplete)))
	f.Announced()
	all := []string{"Ballet", "Été à Rome", `C:\opera`, "Rock_and_roll", "opera 100%", "Opera in Rome"}
	type listed struct {
		want  []string
		pages int
	}
	for query, c := range map[string]listed{
		"": {all, 1}, "limit=6": {all, 1}, "limit=5": {all, 2}, "limit=1": {all, 6}, "limit=2": {all, 3},
		"after=3": {all[4:], 1}, "after=1": {nil, 1}, "limit=1&q=opera": {[]string{all[2], all[4], all[5]}, 3},
		"q=OPERA+rome": {all[5:], 1}, "q=rome": {[]string{all[1], all[5]}, 1}, "q=%C3%89t%C3%A9": {all[1:2], 1}, "q=+": {all, 1},
		"q=%25": {all[4:5], 1}, "q=_": {all[3:4], 1}, "q=o_e": {nil, 1}, "q=%5C": {all[2:3], 1}, "q='%3B--": {nil, 1},
		"available=true": {all[:4], 1}, "unsold=true": {slices.Concat(all[:4], all[5:]), 1}, "unsold=false": {all, 1}, "unsold=true&available=true": {all[:4], 1},
		"unsold=true&limit=2": {slices.Concat(all[:4], all[5:]), 3}, "unsold=true&userId=7": {slices.Concat(all[1:4], all[5:]), 1}, "unsold=true&q=opera&limit=1": {[]string{all[2], all[5]}, 2}, "available=false": {all, 1}, "userId=8": {all[:1], 1}, "userId=9": {nil, 1},
		"userId=7&available=true": {all[1:4], 1}, "userId=7&limit=2&q=o&after=": {all[1:], 3},
	} {
		if got, pages := f.titles("/api/tickets?" + query); !slices.Equal(got, c.want) || pages != c.pages {
			t.Errorf("%s: %q on %d pages, want %q on %d", query, got, pages, c.want, c.pages)
		}
	}
	for _, query := range []string{
		"limit=0", "after=x", "available=yes", "unsold=yes", "unsold=true&unsold=true", "userId=0", "userId=x", "userId=2147483648",
		"q=%00", "q=%ff", "q=%zz",
	} {
		f.Refuses(0, "GET", "/api/tickets?"+query, "", 400, "Invalid query.")
	}
}

func TestGetTicket(t *testing.T) {
	t.Parallel()
	f := start(t)
	ticket := f.create("Opera")
	if got := f.get(ticket.ID); !same(got, ticket) {
		t.Errorf("%+v, want %+v", got, ticket)
	}
	f.Refuses(0, "GET", path(2), "", 404, "Ticket not found.")
	f.Refuses(0, "GET", "/api/tickets/x", "", 400, "Invalid id.")
	f.Refuses(seller, "PATCH", path(ticket.ID), "", 404, "Not Found.")
}

// TestUnchangedTickets: whoever has a ticket or a list already is told that it has not changed, until it has: by a new offer, by an order, or
// by a ticket more.
func TestUnchangedTickets(t *testing.T) {
	t.Parallel()
	f := start(t)
	ticket := f.create("Opera")
	paths := []string{path(ticket.ID), "/api/tickets", "/api/tickets?q=opera", "/api/tickets?available=true&limit=1"}
	tags := map[string]string{}
	known := func(path string) int {
		a := f.Send("GET", path, "", http.Header{"If-None-Match": {tags[path]}})
		tags[path] = a.Header.Get("ETag")
		return a.Status
	}
	for _, c := range []struct {
		name   string
		change func()
	}{
		{"nothing", func() {}},
		{"an offer", func() { f.Call(seller, "PUT", path(ticket.ID), offer("Opera", "11")) }},
		{"the same offer", func() { f.Call(seller, "PUT", path(ticket.ID), offer("Opera", "11")) }},
		{"an order", func() { f.Must(f.send(order(1, ticket.ID, 0, event.OrderIsCreated))) }},
		{"its end", func() { f.Must(f.send(order(1, ticket.ID, 1, event.OrderIsCancelled))) }},
		{"a sale", func() { f.Must(f.send(order(2, ticket.ID, 1, event.OrderIsComplete))) }},
		{"its refund", func() { f.Must(f.send(order(2, ticket.ID, 2, event.OrderIsCancelled))) }},
		{"its withdrawal", func() { f.withdraw(ticket.ID) }},
		{"another ticket", func() { f.create("Opera buffa") }},
	} {
		for _, p := range paths {
			known(p)
			if status := known(p); status != http.StatusNotModified {
				t.Errorf("%s again: %d", p, status)
			}
		}
		c.change()
		for _, p := range paths {
			want := http.StatusOK
			if c.name == "nothing" || c.name == "another ticket" && p == path(ticket.ID) {
				want = http.StatusNotModified
			}
			if status := known(p); status != want {
				t.Errorf("%s: %s: %d, want %d", c.name, p, status, want)
			}
		}
	}
}
