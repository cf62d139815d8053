package manifests

import (
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/manifests/gocode"
)

func TestCalledBy(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]Function{
		"`GET /api/tickets`":                {Kind: Endpoint, Method: "GET", Path: "/api/tickets"},
		"`POST /api/orders`, signed in":     {Kind: Endpoint, Method: "POST", Path: "/api/orders", NeedsSession: true},
		"`tickets.created`, `tickets.sold`": {Kind: Consumer, Types: []string{"tickets.created", "tickets.sold"}},
		"every 10s":                         {Kind: Schedule, Every: 10 * time.Second},
		"every 20m":                         {Kind: Schedule, Every: 20 * time.Minute},
		"every 1h":                          {Kind: Schedule, Every: time.Hour},
		"every 1h30m":                       {Kind: Schedule, Every: 90 * time.Minute},
	} {
		if got := f.CalledBy(); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
}

// TestDocsDescribeEveryFunctionAndSetting: each handler and each field of settings has a comment for the tables.
func TestDocsDescribeEveryFunctionAndSetting(t *testing.T) {
	t.Parallel()
	system, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	code, err := gocode.Read("../..")
	if err != nil {
		t.Fatal(err)
	}
	d := docs{system, code}
	for _, f := range system.Functions() {
		if d.Comment(f) == "" && d.Files[gocode.Handler(f.Source)] != "" {
			t.Errorf("%s (%s) has no comment", f.Name, f.Source)
		}
	}
	for _, row := range append(d.serviceSettings().Rows, d.programSettings().Rows...) {
		if row.Comment == "" {
			t.Errorf("%s has no comment", row.Name)
		}
	}
	if events := d.Events(); len(events) < 8 || events[2].Publisher != "orders" || len(events[2].Consumers) != 4 || events[2].Data != "Order" {
		t.Errorf("events: %+v", events)
	}
}

// TestDiagrams: the drawings show how things move, and that what has ended stays so; a paid order ends by its seller's refund alone.
func TestDiagrams(t *testing.T) {
	t.Parallel()
	final := map[string]string{"cancelled": "order", "failed": "payment"}
	reached := map[string]bool{}
	for _, d := range diagrams() {
		for _, m := range d.Moves {
			reached[m.To] = true
			if m.From == "complete" && m.To != m.From && m.Name != "refund by its seller" {
				t.Errorf("%s: %+v", d.Thing, m)
			}
			if final[m.From] == d.Thing && m.To != m.From {
				t.Errorf("%s: %+v", d.Thing, m)
			}
		}
	}
	for state := range final {
		if !reached[state] {
			t.Errorf("%s is never reached", state)
		}
	}
}
