package tickets_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/functions/tickets"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// about is an offer with more fields.
func about(fields string) string { return `{"title":"Opera","price":10` + fields + `}` }

// What a seller says of a ticket is kept until the seller says something else; who says nothing of it changes nothing, as programs of before do.
func TestAbout(t *testing.T) {
	t.Parallel()
	f := start(t)
	r := functiontest.Parse[tickets.Reply](t, f.Call(seller, "POST", "/api/tickets", about(
		`,"description":" Row 12. \r\n\r\n\r\nTwo seats. ","startsAt":"2090-06-01T19:30:00+02:00","timeZone":"Europe/Berlin","venue":" Olympic stadium ","category":"sports"`)), 201)
	got := r.Ticket
	if got.Description != "Row 12.\n\nTwo seats." || got.StartsAt.Format(time.RFC3339) != "2090-06-01T17:30:00Z" || got.TimeZone != "Europe/Berlin" || got.Venue != "Olympic stadium" || got.Category != event.Sports {
		t.Errorf("%+v", got)
	}
	f.changed(event.TicketCreated, r)
	put := func(fields string) tickets.Reply {
		t.Helper()
		return functiontest.Parse[tickets.Reply](t, f.Call(seller, "PUT", path(got.ID), about(fields)), 200)
	}
	before := functiontest.Text(got.About)
	if r = put(""); functiontest.Text(r.Ticket.About) != before {
		t.Errorf("%+v, want %s", r.Ticket, before)
	}
	f.changed(event.TicketUpdated, r)
	listed := functiontest.Parse[[]event.Ticket](t, f.Call(0, "GET", "/api/tickets", ""), 200)[0]
	if listed.Description != "" || listed.Venue != "Olympic stadium" || !listed.StartsAt.Equal(got.StartsAt.Time) {
		t.Errorf("in a list: %+v", listed)
	}
	f.Must(f.send(order(1, got.ID, 0, event.OrderIsCreated)))
	if e := functiontest.Data(t, event.TicketUpdated, f.Announced()[0]); e.Description == "" {
		t.Errorf("announced %+v", e)
	}
	f.Must(f.send(order(1, got.ID, 1, event.OrderIsCancelled)))
	f.Announced()
	if r = put(`,"description":"","startsAt":"","timeZone":"","venue":"","category":""`); r.Ticket.About != (event.About{}) {
		t.Errorf("%+v", r.Ticket)
	}
	f.changed(event.TicketUpdated, r)
}

func TestAboutRefuses(t *testing.T) {
	t.Parallel()
	f := start(t)
	for field, values := range map[string][]string{
		"description": {`"a\u202eb"`, `"a\u0000"`, functiontest.Text(strings.Repeat("x", 2001)), functiontest.Text(strings.Repeat("\n", 5000))},
		"startsAt":    {`"tomorrow"`, `"2090-06-01"`, `"2090-06-01T19:30:00"`, `"2090-02-30T19:30:00Z"`, `"2000-01-01T00:00:00Z"`, `"9999-12-31T23:59:59-12:00"`, `"0000-01-01T00:00:00+12:00"`},
		"timeZone":    {`"Berlin"`, `"Local"`, `"../etc/passwd"`, `"/usr"`},
		"venue":       {`"a\nb"`, `"\u200b"`, functiontest.Text(strings.Repeat("x", 256))},
		"category":    {`"Sports"`, `"opera"`},
	} {
		for _, value := range values {
			f.Refuses(seller, "POST", "/api/tickets", about(fmt.Sprintf(`,%q:%s`, field, value)), 400, "Invalid "+field+".")
		}
	}
	ticket := f.create("Opera")
	f.Refuses(seller, "PUT", path(ticket.ID), about(`,"startsAt":"2000-01-01T00:00:00Z"`), 400, "Invalid startsAt.")
}

// What has begun is judged by the service's clock: when a ticket is offered or changed, on lists, and when it is noted.
func TestStartsAtByTheClock(t *testing.T) {
	t.Parallel()
	s, err := tickets.New(config.Values{"DATABASE_URL": pgtest.Database(t), "JWT_SECRET": functiontest.Secret})
	if err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(48 * time.Hour)
	*s.Clock = func() time.Time { return later }
	f := functiontest.Start(t, s)
	begins := func(at time.Time) string {
		return fmt.Sprintf(`{"title":"Opera","price":10,"startsAt":%q,"timeZone":"UTC"}`, at.UTC().Format(time.RFC3339))
	}
	f.Refuses(seller, "POST", "/api/tickets", begins(later.Add(-time.Hour)), 400, "Invalid startsAt.")
	ticket := functiontest.Parse[tickets.Reply](t, f.Call(seller, "POST", "/api/tickets", begins(later.Add(time.Hour))), 201).Ticket
	f.Announced()
	f.Refuses(seller, "PUT", path(ticket.ID), begins(later.Add(-time.Hour)), 400, "Invalid startsAt.")

	functiontest.Parse[tickets.Reply](t, f.Call(seller, "POST", "/api/tickets", begins(later.Add(4*time.Hour))), 201)
	listed := func(query string) int {
		return len(functiontest.Parse[[]event.Ticket](t, f.Call(0, "GET", "/api/tickets?"+query, ""), 200))
	}
	shown := func(what string, want int) {
		t.Helper()
		for _, query := range []string{"upcoming=true", "sort=date", "sort=price", "upcoming=true&q=opera", "sort=date&q=opera"} {
			if got := listed(query); got != want {
				t.Errorf("%s, %s: %d tickets, want %d", what, query, got, want)
			}
		}
		if got := listed(fmt.Sprintf("sort=date&after=%d", ticket.ID)); got != 1 {
			t.Errorf("%s: %d tickets are behind it, want the other one", what, got)
		}
	}
	shown("to come", 2)
	later = later.Add(2 * time.Hour)
	shown("begun", 1)
	f.Must(f.Tick("sweep-tickets-outbox"))
	later = later.Add(-2 * time.Hour)
	shown("noted as begun", 1)
	functiontest.Parse[tickets.Reply](t, f.Call(seller, "PUT", path(ticket.ID), begins(later.Add(2*time.Hour))), 200)
	shown("put off", 2)
	f.Announced()
}
