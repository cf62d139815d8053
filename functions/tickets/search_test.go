package tickets_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/gittix/ticketing/functions/tickets"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// fill offers n tickets of the seller at once.
func (f fixture) fill(n, title string) {
	f.t.Helper()
	f.execute(`INSERT INTO tickets (title, price, user_id) SELECT ` + title + `, 1000, 7 FROM generate_series(1, ` + n + `) i`)
}

// However a word is written, it finds the titles that have it.
func TestSearchFolds(t *testing.T) {
	t.Parallel()
	f := start(t)
	for title, words := range map[string][]string{
		"Elektrizitätswerk": {"elektrizitat", "ELEKTRIZITÄT", "elektrizita\u0308t", "wErK", "ａ"}, "Café de Paris": {"cafe", "cafe\u0301", "CAFÉ", "paris cafe", "é"},
		"Straße nach Łódź": {"strasse", "STRASSE", "straße", "łodz"}, "Война и мир": {"ВОЙНА", "война мир"}, "大阪公演": {"大阪", "阪公演"}, "🎫 50 %": {"🎫", "%", "50"},
		"Ὀδυσσεύς": {"οδυσσευς"},
	} {
		f.create(title)
		for _, q := range words {
			if got, _ := f.titles("/api/tickets?q=" + url.QueryEscape(q)); !slices.Contains(got, title) {
				t.Errorf("%q finds %q, not %q", q, got, title)
			}
		}
	}
	f.execute(`UPDATE tickets SET title = 'Čapek' WHERE title = 'Café de Paris'`) // as an old replica would
	if got, _ := f.titles("/api/tickets?q=capek"); !slices.Equal(got, []string{"Čapek"}) {
		t.Errorf("after a change: %q", got)
	}
}

func TestSearchIsBounded(t *testing.T) {
	t.Parallel()
	f := start(t)
	for _, q := range []string{strings.Repeat("x", 101), strings.Repeat("a ", 11), strings.Repeat("é", 101), strings.Repeat("\ufdfa ", 10)} {
		f.Refuses(0, "GET", "/api/tickets?q="+url.QueryEscape(q), "", 400, "Invalid query.")
	}
	functiontest.Parse[[]event.Ticket](t, f.Call(0, "GET", "/api/tickets?q="+url.QueryEscape(strings.Repeat("éééé%_ab ", 10)), ""), 200)
}

// Among many tickets, rare words are on one page, wherever they are; what is neither rare nor frequent is all there, page by page.
func TestSearchAmongMany(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("Unicorn, first")
	f.create("zq, first")
	f.fill("12000", `'Opera ' || i % 7 || CASE WHEN i % 100 = 0 THEN ' seldom' ELSE '' END || CASE WHEN i = 8000 THEN ' unicorn' WHEN i = 11000 THEN ' Unicorn' ELSE '' END`)
	f.create("Unicorn, last")
	for q, c := range map[string]struct{ found, pages int }{
		"q=unicorn": {4, 1}, "q=unicorn+opera": {2, 1}, "q=unicorn&limit=3": {4, 2}, "q=unicorn&userId=8": {0, 1}, "q=unicorn&available=true": {4, 1}, "q=nothing": {0, 1},
		"q=seldom&limit=1000": {120, 3}, "q=zq": {1, 3}, "q=%F0%9F%8E%AB": {0, 3}, "q=opera+nothing": {0, 1}, "q=un+ic+or+n,": {2, 3},
	} {
		if got, pages := f.titles("/api/tickets?" + q); len(got) != c.found || pages != c.pages {
			t.Errorf("%s: %d on %d pages, want %+v", q, len(got), pages, c)
		}
	}
	first := functiontest.Parse[[]event.Ticket](t, f.Call(0, "GET", "/api/tickets?q=opera", ""), 200)
	if len(first) != 100 || first[0].ID != 12002 || first[99].ID != 12002-99 {
		t.Errorf("%d tickets, from %d", len(first), first[0].ID)
	}
}

// A database that has tickets gets the search for them, also when the first attempt failed half-way.
func TestSearchOfOldTickets(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.fill("2500", `'Été ' || i`)
	f.execute(`UPDATE tickets SET search = NULL; DELETE FROM tickets_migrations WHERE version_id >= 32; DROP INDEX tickets_search`)
	if got, _ := f.titles("/api/tickets?q=ete"); len(got) != 0 {
		t.Fatalf("%d tickets found already", len(got))
	}
	s, err := tickets.New(config.Values{"DATABASE_URL": f.url, "JWT_SECRET": functiontest.Secret})
	f.Must(err)
	functiontest.Start(t, s)
	if got, _ := f.titles("/api/tickets?limit=1000&q=ete"); len(got) != 2500 {
		t.Errorf("%d tickets found, want 2500", len(got))
	}
}
