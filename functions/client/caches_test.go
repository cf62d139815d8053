package client

import (
	"net/http"
	"testing"

	"github.com/gittix/ticketing/shared/event"
)

// TestCaches: who has no session need not load a page again that has not changed, and a cache may keep it for a moment. What a visitor with
// a session sees is kept nowhere.
func TestCaches(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/?q=opera&available=true", "/tickets/7"} {
		held, order := ticket, int32(3)
		held.Version, held.OrderID = held.Version+1, &order
		guest := visitSite(t, answers{"GET /api/tickets": []event.Ticket{ticket}, "GET /api/tickets/7": ticket}, nil)
		later := visitSite(t, answers{"GET /api/tickets": []event.Ticket{held}, "GET /api/tickets/7": held}, nil)
		first := guest.ask("GET "+path, nil)
		tag := first.Header.Get("ETag")
		if first.StatusCode != 200 || tag == "" || first.Header.Get("Cache-Control") != "public, max-age=1, stale-while-revalidate=2" || first.Header.Get("Vary") != "Cookie" {
			t.Fatalf("%s: %d %v", path, first.StatusCode, first.Header)
		}
		known := http.Header{"If-None-Match": {tag}}
		again := guest.ask("GET "+path, known)
		if again.StatusCode != 304 || again.body != "" || again.Header.Get("Content-Security-Policy") != "" || again.Header.Get("ETag") != tag {
			t.Errorf("%s again: %d %v", path, again.StatusCode, again.Header)
		}
		if changed := later.ask("GET "+path, known); changed.StatusCode != 200 {
			t.Errorf("%s has changed: %d", path, changed.StatusCode)
		}
		if mine := guest.as(1).ask("GET "+path, known); mine.StatusCode != 200 || mine.Header.Get("Cache-Control") != "no-store" || mine.Header.Get("ETag") != "" {
			t.Errorf("%s with a session: %d %v", path, mine.StatusCode, mine.Header)
		}
	}
	gone := visitSite(t, answers{}, nil).ask("GET /tickets/8", nil)
	if gone.StatusCode == 200 || gone.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("a failure: %d %v", gone.StatusCode, gone.Header)
	}
}
