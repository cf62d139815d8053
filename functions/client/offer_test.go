package client

import (
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/timestamp"
)

// told is a ticket of which everything is said.
var told = ticketThat(func(t *event.Ticket) {
	at := timestamp.Of(time.Date(2030, 6, 1, 17, 30, 0, 0, time.UTC))
	t.About = event.About{Description: "Row 12.\n<b>Two</b> seats.", StartsAt: &at, TimeZone: "Europe/Berlin", Venue: "Olympic stadium", Category: event.Sports}
})

// TestZoneOfATime: a form that shows a time names the zone of its clock, so that nothing else puts another one there.
func TestZoneOfATime(t *testing.T) {
	t.Parallel()
	utc := ticketThat(func(t *event.Ticket) { t.StartsAt = told.StartsAt })
	play(t, nil, nil, []scene{
		{"a time without a zone", 1, "GET /tickets/3/edit", answers{"GET /api/tickets/3": utc}, 200, `value="2030-06-01T17:30"|name="timeZone" type="text" value="UTC"`, ""},
		{"no time", 1, "GET /tickets/3/edit", answers{"GET /api/tickets/3": ticket}, 200, `name="timeZone" type="text" value=""`, ""},
	})
}

// TestTimeStays: a form that is saved as it was shown asks for the moment that the ticket has, also where its clock shows less than that.
func TestTimeStays(t *testing.T) {
	t.Parallel()
	starting := func(at time.Time) answers {
		return answers{"PUT /api/tickets/3": reply{}, "GET /api/tickets/3": ticketThat(func(t *event.Ticket) { t.StartsAt, t.TimeZone = new(timestamp.Of(at)), "Europe/Berlin" })}
	}
	save := func(at, zone string) string {
		return "POST /tickets/3/edit" + filled("title", "Cup", "price", "1", "startsAt", at, "timeZone", zone, "venue", "")
	}
	sends := func(at, zone string) string {
		return `PUT /api/tickets/3 {"title":"Cup","price":"1","description":"","startsAt":"` + at + `","timeZone":"` + zone + `","venue":"","category":""}`
	}
	first, second := time.Date(2030, 10, 27, 0, 30, 0, 0, time.UTC), time.Date(2030, 10, 27, 1, 30, 0, 0, time.UTC)
	exact := time.Date(2030, 6, 1, 17, 30, 59, 123e6, time.UTC)
	play(t, nil, nil, []scene{
		{"the hour that comes twice", 1, save("2030-10-27T02:30", "Europe/Berlin"), starting(first), 0, "/tickets/3", sends("2030-10-27T02:30:00+02:00", "Europe/Berlin")},
		{"its second time", 1, save("2030-10-27T02:30", "Europe/Berlin"), starting(second), 0, "/tickets/3", sends("2030-10-27T02:30:00+01:00", "Europe/Berlin")},
		{"seconds", 1, save("2030-06-01T19:30", " Europe/Berlin"), starting(exact), 0, "/tickets/3", sends("2030-06-01T19:30:59.123+02:00", "Europe/Berlin")},
		{"another time", 1, save("2030-06-01T19:31", "Europe/Berlin"), starting(exact), 0, "/tickets/3", sends("2030-06-01T19:31:00+02:00", "Europe/Berlin")},
		{"another zone", 1, save("2030-06-01T19:30", "UTC"), starting(exact), 0, "/tickets/3", sends("2030-06-01T19:30:00Z", "UTC")},
		{"none any more", 1, save("", ""), starting(exact), 0, "/tickets/3", sends("", "")},
	})
}

// TestOffersSayMore: what a seller says beside title and price goes to tickets, comes back into the form, and is shown; the time is that of the place.
func TestOffersSayMore(t *testing.T) {
	t.Parallel()
	offer := filled("title", "Cup final", "price", "42.50", "startsAt", "2030-06-01T19:30", "timeZone", "Europe/Berlin", "venue", "Olympic stadium", "category", "sports", "description", "Row 12.")
	const sent = `{"title":"Cup final","price":"42.50","description":"Row 12.","startsAt":"2030-06-01T19:30:00+02:00","timeZone":"Europe/Berlin","venue":"Olympic stadium","category":"sports"}`
	const typed = `value="2030-06-01T19:30"|value="Europe/Berlin"|value="Olympic stadium"|<option value="sports" selected>Sports</option>`
	refused := func(err error) answers { return answers{"POST /api/tickets": err} }
	play(t, nil, answers{"GET /api/tickets/3": told, "GET /api/tickets": []event.Ticket{told}}, []scene{
		{"offered", 1, "POST /tickets/new" + offer, answers{"POST /api/tickets": map[string]any{"ticket": told}}, 0, "/tickets/3", "POST /api/tickets " + sent},
		{"changed", 1, "POST /tickets/3/edit" + offer, answers{"PUT /api/tickets/3": reply{}}, 0, "/tickets/3", "PUT /api/tickets/3 " + sent},
		{"changed by a page of before", 1, "POST /tickets/3/edit" + filled("title", "Cup", "price", "1"), answers{"PUT /api/tickets/3": reply{}}, 0, "/tickets/3", `PUT /api/tickets/3 {"title":"Cup","price":"1"}`},
		{"form", 1, "GET /tickets/3/edit", nil, 200, typed + "|Row 12.\n&lt;b&gt;Two&lt;/b&gt; seats.</textarea>", ""},
		{"time", 1, "POST /tickets/new" + offer, refused(api.ErrInvalidTitle.On("startsAt", "")), 400, typed + "|Enter a date and a time in the future.", ""},
		{"zone", 1, "POST /tickets/new" + offer, refused(api.ErrInvalidTitle.On("timeZone", "")), 400, typed + "|Enter the name of a time zone", ""},
		{"category", 1, "POST /tickets/new" + offer, refused(api.ErrInvalidTitle.On("category", "")), 400, typed + "|Choose one of these.", ""},
		{"no time", 1, "POST /tickets/new" + filled("title", "Cup", "price", "1", "startsAt", "soon", "venue", ""), answers{"POST /api/tickets": map[string]any{"ticket": told}}, 0, "/tickets/3",
			`POST /api/tickets {"title":"Cup","price":"1","description":"","startsAt":"soon","timeZone":"","venue":"","category":""}`},
		{"page", 0, "GET /tickets/3", nil, 200, "Sat, Jun 1, 2030, 19:30 CEST|Olympic stadium|Sports|Row 12.\n&lt;b&gt;Two&lt;/b&gt; seats.|!<b>", ""},
		{"list", 0, "GET /", nil, 200, "Sat, Jun 1, 2030, 19:30 CEST|Olympic stadium", ""},
		{"nothing said", 0, "GET /tickets/3", answers{"GET /api/tickets/3": ticket}, 200, "!When|!Where|!Category|!wide", ""},
	})
}

func TestWhen(t *testing.T) {
	t.Parallel()
	at := timestamp.Of(time.Date(2030, 1, 1, 23, 0, 0, 0, time.UTC))
	for name, want := range map[string]string{
		"": "Tue, Jan 1, 2030, 23:00 UTC", "Asia/Tokyo": "Wed, Jan 2, 2030, 08:00 JST", "Local": "Tue, Jan 1, 2030, 23:00 UTC", "Mars/Base": "Tue, Jan 1, 2030, 23:00 UTC",
	} {
		if got := when(event.About{StartsAt: &at, TimeZone: name}); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if got := when(event.About{}); got != "" {
		t.Error(got)
	}
}
