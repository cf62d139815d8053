package tickets_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gittix/ticketing/functions/tickets"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// The catalog has what is on sale and to come, by category and date, newest, next or cheapest first, page by page.
func TestCatalog(t *testing.T) {
	t.Parallel()
	f := start(t)
	day := func(n int) string { return fmt.Sprintf("2090-06-%02dT20:00:00Z", n) }
	for _, c := range []struct{ title, price, about string }{
		{"past", "1", `,"startsAt":"2090-01-01T00:00:00Z","category":"film"`},
		{"gala", "30", `,"startsAt":"` + day(3) + `","category":"concert"`},
		{"match", "20", `,"startsAt":"` + day(1) + `","category":"sports"`},
		{"recital", "10", `,"startsAt":"` + day(2) + `","category":"concert"`},
		{"twin", "10", `,"startsAt":"` + day(2) + `","category":"concert"`},
		{"gift", "5", ``},
		{"reading", "5", `,"category":"other"`},
		{"sold", "1", `,"startsAt":"` + day(2) + `","category":"concert"`},
		{"held", "40", `,"startsAt":"` + day(4) + `","category":"concert"`},
		{"withdrawn", "1", `,"startsAt":"` + day(2) + `","category":"concert"`},
	} {
		f.Call(seller, "POST", "/api/tickets", `{"title":"`+c.title+`","price":`+c.price+c.about+`}`)
	}
	f.execute(`UPDATE tickets SET starts_at = now() - interval '1 second' WHERE title = 'past'`)
	f.Must(f.send(order(1, 8, 0, event.OrderIsComplete)))
	f.Must(f.send(order(2, 9, 0, event.OrderIsCreated)))
	functiontest.Parse[tickets.Reply](t, f.Call(seller, "DELETE", path(10), ""), 200)
	f.Announced()
	check := func() {
		t.Helper()
		for query, want := range map[string]string{
			"upcoming=true":                "held reading gift twin recital match gala",
			"upcoming=true&available=true": "reading gift twin recital match gala",
			"upcoming=true&unsold=true":    "held reading gift twin recital match gala",
			"sort=newest&category=concert": "held twin recital gala",
			"sort=date":                    "match recital twin gala held",
			"sort=date&category=concert":   "recital twin gala held",
			"sort=price":                   "gift reading recital twin match gala held",
			"sort=price&category=concert":  "recital twin gala held",
			"category=film":                "",
			"category=festival&sort=date":  "",
			"sort=date&from=2090-06-02":    "recital twin gala held",
			"sort=date&to=2090-06-02":      "match recital twin",
			"sort=date&from=2090-06-02&to=2090-06-02&category=concert": "recital twin",
			"sort=date&to=2090-06-02&category=concert":                 "recital twin",
			"sort=date&q=a":                               "match recital gala",
			"sort=price&q=A":                              "reading recital match gala",
			"sort=price&q=a&category=concert":             "recital gala",
			"sort=date&q=i&from=2090-06-02":               "recital twin",
			"sort=date&q=a&to=2090-06-02&category=sports": "match",
			"upcoming=true&q=a":                           "reading recital match gala",
			"category=concert&q=a":                        "recital gala",
			"sort=date&from=0001-01-01&to=9999-12-31":     "match recital twin gala held",
			"sort=price&available=true":                   "gift reading recital twin match gala",
			"from=&to=&sort=&category=&q=":                "",
		} {
			if query == "from=&to=&sort=&category=&q=" { // nothing is said: all
				want = "withdrawn held sold reading gift twin recital match gala past"
			}
			for _, limit := range []string{"100", "1", "2"} {
				if got, _ := f.titles("/api/tickets?limit=" + limit + "&" + query); !slices.Equal(got, strings.Fields(want)) {
					t.Errorf("%s, %s a page: %q, want %s", query, limit, got, want)
				}
			}
		}
	}
	check()
	f.Must(f.Tick("sweep-tickets-outbox"))
	var over string
	f.Must(f.database().QueryRow(t.Context(), `SELECT string_agg(title, ' ') FROM tickets WHERE over`).Scan(&over))
	if over != "past" {
		t.Errorf("over: %s", over)
	}
	check()
	functiontest.Parse[tickets.Reply](t, f.Call(seller, "PUT", path(1), `{"title":"past","price":1,"startsAt":"2090-01-01T00:00:00Z"}`), 200)
	if got, _ := f.titles("/api/tickets?category=film"); !slices.Equal(got, []string{"past"}) {
		t.Errorf("put off: %q", got)
	}
	f.Announced()
	for _, query := range []string{
		"sort=title", "category=opera", "upcoming=yes", "from=" + day(1), "sort=price&to=2090-06-01", "sort=date&from=tomorrow", "sort=date&from=2090-06-31", "q=a&to=2090-06-01",
		"upcoming=true&userId=7", "sort=date&after=99", "sort=date&sort=price",
		"sort=date&from=0000-01-01", "sort=date&to=0000-12-31", "sort=date&q=a&from=0000-01-01", "sort=date&from=2090-06-01T00:00:00Z", "sort=date&to=2090-06-01Tgarbage",
	} {
		f.Refuses(0, "GET", "/api/tickets?"+query, "", 400, "Invalid query.")
	}
}

// A day is one of the calendar where the event is, also of those that were stored before days were noted, and when the time or its zone changes.
func TestDaysOfTheVenue(t *testing.T) {
	t.Parallel()
	f := start(t)
	for title, about := range map[string]string{
		"Auckland": `"startsAt":"2090-06-01T08:00:00+12:00","timeZone":"Pacific/Auckland"`,
		"Honolulu": `"startsAt":"2090-06-01T20:00:00-10:00","timeZone":"Pacific/Honolulu"`,
		"Brussels": `"startsAt":"2030-06-02T00:15:00+02:00","timeZone":"CET"`,
		"nowhere":  `"startsAt":"2090-06-01T23:59:00Z"`,
	} {
		f.Call(seller, "POST", "/api/tickets", `{"title":"`+title+`","price":1,`+about+`}`)
	}
	check := func(day string, want ...string) {
		t.Helper()
		if got, _ := f.titles("/api/tickets?sort=date&from=" + day + "&to=" + day); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", day, got, want)
		}
	}
	check("2090-05-31")
	check("2090-06-01", "Auckland", "nowhere", "Honolulu")
	check("2090-06-02")
	check("2030-06-02", "Brussels")
	check("2030-06-01")
	f.execute(`UPDATE tickets SET starts_at = starts_at + interval '1 day' WHERE title = 'Auckland'`)
	f.execute(`UPDATE tickets SET time_zone = 'Pacific/Kiritimati' WHERE title = 'nowhere'`)
	f.execute(`UPDATE tickets SET time_zone = 'Moon/Base' WHERE title = 'Honolulu'`)
	check("2090-06-02", "Auckland", "nowhere", "Honolulu")
	f.execute(`UPDATE tickets SET starts_on = NULL; DELETE FROM tickets_migrations WHERE version_id >= 163`)
	s, err := tickets.New(config.Values{"DATABASE_URL": f.url, "JWT_SECRET": functiontest.Secret})
	f.Must(err)
	functiontest.Start(t, s)
	check("2090-06-02", "Auckland", "nowhere", "Honolulu")
}

// Words are looked for in every order, also beyond the tickets that a search looks at one by one.
func TestSearchInOrder(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.execute(`INSERT INTO tickets (title, price, user_id, starts_at) SELECT
		'Opera ' || CASE WHEN i % 100 = 0 THEN 'seldom' WHEN i IN (70, 8001) THEN 'unicorn' ELSE '' END, 100 + i, 7, timestamptz '2090-01-01' + i * interval '1 minute' FROM generate_series(1, 12000) i`)
	for q, c := range map[string]struct{ found, pages int }{
		"q=unicorn&sort=date": {2, 1}, "q=unicorn&sort=price&limit=1": {2, 2}, "q=seldom&sort=price&limit=1000": {120, 3}, "q=seldom&sort=date&limit=1000": {120, 3},
		"q=unicorn&sort=date&from=2090-01-05": {1, 1}, "q=nothing&sort=date": {0, 1},
	} {
		if got, pages := f.titles("/api/tickets?" + q); len(got) != c.found || pages != c.pages {
			t.Errorf("%s: %d on %d pages, want %+v", q, len(got), pages, c)
		}
	}
	first := functiontest.Parse[[]event.Ticket](t, f.Call(0, "GET", "/api/tickets?q=opera&sort=date&limit=2", ""), 200)
	if first[0].ID != 1 || first[1].ID != 2 {
		t.Errorf("begins with %d and %d", first[0].ID, first[1].ID)
	}
}
