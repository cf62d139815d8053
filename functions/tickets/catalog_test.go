package tickets_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gittix/ticketing/functions/tickets"
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
			"sort=date&from=" + day(2):     "recital twin gala held",
			"sort=date&to=" + day(3):       "match recital twin",
			"sort=date&from=" + day(2) + "&to=" + day(3) + "&category=concert": "recital twin",
			"sort=date&to=" + day(3) + "&category=concert":                     "recital twin",
			"upcoming=true&q=a":            "reading recital match gala",
			"category=concert&q=a":         "recital gala",
			"sort=price&available=true":    "gift reading recital twin match gala",
			"from=&to=&sort=&category=&q=": "",
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
		"sort=title", "category=opera", "upcoming=yes", "from=" + day(1), "sort=price&to=" + day(1), "sort=date&from=tomorrow", "sort=date&q=a", "sort=price&q=a",
		"upcoming=true&userId=7", "sort=date&after=99", "sort=date&sort=price",
	} {
		f.Refuses(0, "GET", "/api/tickets?"+query, "", 400, "Invalid query.")
	}
}
