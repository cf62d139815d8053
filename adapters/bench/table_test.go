package bench

import (
	"encoding/xml"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/httpload"
)

func TestTable(t *testing.T) {
	t.Parallel()
	table := Table{[]Row{
		{Name: "met", Unit: "ms", Ours: Figure{Value: .1, Rate: 1234.4}, FloorName: "pgbench", Floor: Figure{Value: .05, Rate: 2000}, Reference: Figure{Value: 1}, Goals: []Goal{AtMost(.1), RateOfFloor(.5)}, Why: "not said of what is met"},
		{Name: "missed", Unit: "copies/s", Ours: Figure{Value: 8000}, Goals: []Goal{AtLeast(10_000)}, Why: "a reason"},
		{Name: "late", Ours: Figure{P50: 1, P99: 15}, Goals: []Goal{LateAtMost(2, 10)}},
		{Name: "over", Ours: Figure{Value: .106}, Floor: Figure{Value: .1}, Goals: []Goal{OverFloor("hash", 1.03), OverRow("met", 1.1)}},
		{Name: "none", Err: errors.New("broken"), Goals: []Goal{AtMost(1)}},
	}}
	var text strings.Builder
	if err := table.Print(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| met | .1 ms · 1,234/s | pgbench: .05 ms · 2,000/s | 2 | 1 ms | .1 | ≤ .1: met; ≥ 50 % of pgbench: met |",
		"| missed | 8,000 copies/s |  |  |  |  | ≥ 10,000: **missed by 25 %**: a reason |",
		"≤ 2 / 10 ms: **missed by 50 %** |",
		"≤ hash + 3 %: **missed by 2.91 %**; ≤ met + 10 %: met |",
		"| none | none: broken |  |  |  |  | ≤ 1: not measured |",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %s in:\n%s", want, text.String())
		}
	}
}

func TestPairs(t *testing.T) {
	t.Parallel()
	p := Pair{Name: "row", Unit: "ms", Before: []Figure{{Value: 2}, {Value: 4}, {Value: 8}}, Now: []Figure{{Value: 1}, {Value: 2}, {Value: 8}}}
	if got := p.Ratio(func(f Figure) float64 { return f.Value }); got != .5 {
		t.Errorf("%v, want the median of the turns' ratios, .5", got)
	}
	var text strings.Builder
	if err := PrintPairs(&text, []Pair{p}); err != nil || !strings.Contains(text.String(), "| row | 4 ms | 2 ms | .5 |  |  |") {
		t.Errorf("%v\n%s", err, text.String())
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write(make([]byte, 10_000))
	}))
	t.Cleanup(server.Close)
	address := strings.TrimPrefix(server.URL, "http://")
	o, err := Load{Address: address, Connections: 3, Request: func(i int) []byte {
		return [][]byte{httpload.Request("GET", "/", "", ""), httpload.Request("POST", "/", "", `{}`), httpload.Request("GET", "/", "If-None-Match: x\r\n", ""), nil}[min(i, 3)]
	}}.Run()
	if err != nil || o.Statuses[200] != 2 || o.Statuses[304] != 1 || o.Count() != 3 || o.P50 <= 0 || o.P99 < o.P50 {
		t.Errorf("%+v, %v", o, err)
	}
	o, err = Load{Address: address, Connections: 2, Rate: 1000, For: 20 * time.Millisecond, Request: always(httpload.Request("GET", "/", "", ""))}.Run()
	if err != nil || o.Count() != 20 {
		t.Errorf("%d requests at 1,000 per second in 20 ms: %v", o.Count(), err)
	}
}

// TestProcessor: where there is /proc, the processor time of this process grows as it works.
func TestProcessor(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		return
	}
	before := Processor(os.Getpid())
	for Processor(os.Getpid()) == before { // reading it is work
	}
	if now, most := Memory(os.Getpid()); now <= 0 || most < now {
		t.Errorf("memory: %v, at most %v", now, most)
	}
}

func TestDraw(t *testing.T) {
	t.Parallel()
	var picture strings.Builder
	err := Draw(&picture, &Table{[]Row{{Name: "a & b", Unit: "ms CPU", Ours: Figure{Value: .2}, Floor: Figure{Value: .1}, Reference: Figure{Value: 1}}}},
		[]Growth{{Name: "list", Of: "tickets", Sizes: []int{1000, 10_000}, Points: []Figure{{Value: 1}, {Value: 1.1}}}})
	if err != nil || xml.Unmarshal([]byte(picture.String()), new(any)) != nil {
		t.Fatalf("%v\n%s", err, picture.String())
	}
	for want, n := range map[string]int{"<circle": 8, "a &amp; b": 1, "list, tickets": 1, "prefers-color-scheme:dark": 1} {
		if got := strings.Count(picture.String(), want); got != n {
			t.Errorf("%d times %s, want %d", got, want, n)
		}
	}
}

// Reasons are of rows that there are.
func TestWhy(t *testing.T) {
	t.Parallel()
	rows := map[string]bool{}
	for _, s := range scenes(false, chosenSizes(t)) {
		for _, r := range s.rows {
			rows[r.Name] = true
		}
	}
	for name := range why {
		if !rows[name] {
			t.Errorf("there is no row %q", name)
		}
	}
}
