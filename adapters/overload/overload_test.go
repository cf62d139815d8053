package overload

import (
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/function"
)

// full is how long each overload lasts where times are judged, else 0: OVERLOAD=full is a minute, or say how long.
func full() time.Duration {
	if value := os.Getenv("OVERLOAD"); value != "full" {
		d, _ := time.ParseDuration(value) // anything else is no time
		return d
	}
	return time.Minute
}

// figures are how much is asked for.
type figures struct {
	settings    config.Values
	inFlight    float64 // MAX_IN_FLIGHT
	clients     int     // that the peak is measured with
	peak, over  time.Duration
	connections int // of the overload, kept: for a full run no more than a service keeps open
	buyers      int
}

func chosen() figures {
	if over := full(); over > 0 {
		return figures{settings: config.Values{"GOMEMLIMIT": "85MiB"}, inFlight: 128, clients: 32, peak: 10 * time.Second, over: over, connections: 1000, buyers: 10_000}
	}
	return figures{
		settings: config.Values{"GOMEMLIMIT": "85MiB", "MAX_IN_FLIGHT": "8"}, inFlight: 8, clients: 8,
		peak: 500 * time.Millisecond, over: 2 * time.Second, connections: 128, buyers: 300,
	}
}

const limit = 128 << 20 // bytes of memory that a pod of a service may have

// run is a system and what was measured of it.
type run struct {
	*testing.T
	*systemtest.Processes
	figures
	table *Table
}

// TestOverload: see the package.
func TestOverload(t *testing.T) {
	f := chosen()
	front, db := systemtest.NewFront(), pgtest.Durable(t)
	backends := systemtest.NewBackendsOn(t, db, db.URL, systemtest.Brokers["NATS Streaming"], front.URL)
	s := systemtest.StartProcessesOn(t, systemtest.Build(t), backends, front, func(_ string, own config.Values) config.Values { return own.With(f.settings) })
	s.Timeout = 5 * time.Minute
	r := &run{t, s, f, new(Table)}
	sellers := r.cookies(500)
	r.overload("offers", "tickets", Load{Method: "POST", Path: "/api/tickets", Body: `{"title":"Cup final, north stand","price":"42.50"}`, Cookies: sellers})
	r.settle("offers")
	r.overload("lists", "tickets", Load{Method: "GET", Path: "/api/tickets"})
	r.rush()
	r.settle("orders")
	s.Purchase(t, s.User(t), func() {})
	if err := r.table.Print(t.Output()); err != nil {
		t.Error(err)
	}
}

// cookies are those of n users.
func (r *run) cookies(n int) (all []string) {
	for range n {
		all = append(all, r.User(r).Cookie().String())
	}
	return all
}

// overload measures the peak, asks for ten times as much, and then for as much as can be served again.
func (r *run) overload(name, service string, load Load) {
	r.Helper()
	load.Phases = []Phase{{For: r.peak / 4, Connections: r.clients}, {For: r.peak, Connections: r.clients}}
	peaks, _ := r.send(service, load)
	peak := peaks[1].PerSecond()
	load.Phases = []Phase{{For: r.over, Rate: 10 * peak, Connections: r.connections}, {For: r.peak, Connections: r.clients}}
	outcomes, w := r.send(service, load)
	over, after := outcomes[0], outcomes[1]
	r.note(name, "peak", fmt.Sprintf("%.0f/s by %d connections, p99 %v", peak, r.clients, round(peaks[1].Served.P99)), "", false)
	sent := float64(over.Offered-over.Unsent) / over.Took.Seconds()
	r.timed(name, "sent", fmt.Sprintf("%.0f/s, %.1f × the peak", sent, sent/peak), "10 × the peak", sent < 9.5*peak)
	r.timed(name, "served meanwhile", fmt.Sprintf("%.0f/s, %.0f %%, p99 %v", over.PerSecond(), 100*over.PerSecond()/peak, round(over.Served.P99)), "80 % of the peak", over.PerSecond() < .8*peak)
	r.note(name, "refused meanwhile", fmt.Sprintf("%d of %d, p50 %v, p99 %v", over.Statuses[http.StatusServiceUnavailable], over.Offered, round(over.Refused.P50), round(over.Refused.P99)), "", false)
	r.note(name, "not sent, all connections being busy", fmt.Sprint(over.Unsent), "", false)
	r.answers(name, append(peaks, outcomes...), http.StatusOK, http.StatusCreated, http.StatusBadRequest)
	took, back := recovery(after.Timeline, .95*peak)
	r.timed(name, "95 % of the peak again", fmt.Sprintf("after %v; %.0f/s", took, after.PerSecond()), "within 5s", !back || took > 5*time.Second)
	r.watched(name, w)
}

// answers are those that are allowed, and 503 with Retry-After.
func (r *run) answers(name string, outcomes []Outcome, allowed ...int) {
	r.Helper()
	statuses, broken, bare, wrong := map[int]int{}, 0, 0, false
	for _, o := range outcomes {
		broken, bare = broken+o.Broken, bare+o.Bare
		for status, n := range o.Statuses {
			statuses[status] += n
		}
	}
	for status := range statuses {
		ok := status == http.StatusServiceUnavailable
		for _, a := range allowed {
			ok = ok || status == a
		}
		wrong = wrong || !ok
	}
	r.check(name, "answers", fmt.Sprintf("%v, none %d, 503 without Retry-After %d", statuses, broken, bare), "no failure but 503 with Retry-After", wrong || broken > 0 || bare > 0)
}

func (r *run) watched(name string, w *Watch) {
	r.Helper()
	r.check(name, "/health", fmt.Sprintf("%d failed %.100q", len(w.Unwell), w.Unwell), "200 always", len(w.Unwell) > 0)
	r.timed(name, "/health, time", fmt.Sprintf("p99 %v, at most %v", round(w.Health.P99), round(w.Health.Max)), "1s", w.Health.Max > time.Second)
	resident := w.Highest("process_resident_memory_bytes")
	r.check(name, "resident memory", fmt.Sprintf("%.0f MiB, of which %.0f at first", resident/(1<<20), w.First["process_resident_memory_bytes"]/(1<<20)), "128 MiB", resident == 0 || resident > limit)
	running := w.Highest("ticketing_requests_in_flight")
	r.check(name, "requests in flight", fmt.Sprint(running), fmt.Sprintf("%v", r.inFlight), running > r.inFlight)
	acquired, most := w.Highest("ticketing_postgres_connections", `state="acquired"`), w.Highest("ticketing_postgres_connections", `state="max"`)
	r.check(name, "connections to PostgreSQL", fmt.Sprint(acquired), fmt.Sprint(most), acquired > most)
	handled, together := w.Highest("ticketing_consumer_in_flight"), float64(2*function.Together) // of both of a consumer's types
	r.check(name, "events being handled", fmt.Sprint(handled), fmt.Sprint(together), handled > together)
	r.note(name, "events that waited in the outbox", fmt.Sprint(w.Highest("ticketing_outbox_unsent")), "", false)
	r.note(name, "goroutines", fmt.Sprint(w.Highest("go_goroutines")), "", false)
}

// rush lets all buyers at one ticket at once, and measures the orders of a ticket that is taken.
func (r *run) rush() {
	r.Helper()
	ticket := r.Offer(r, r.User(r), "The one", "10")
	load := Load{Method: "POST", Path: "/api/orders", Body: fmt.Sprintf(`{"ticketId":%d}`, ticket.ID), Cookies: r.cookies(r.buyers), Phases: []Phase{{}}}
	outcomes, w := r.send("orders", load)
	o := outcomes[0]
	r.note("a rush", "all have an answer", fmt.Sprintf("%d buyers in %v, %.0f/s", r.buyers, round(o.Took), o.PerSecond()), "", false)
	r.check("a rush", "orders", fmt.Sprint(o.Statuses[http.StatusCreated]), "1", o.Statuses[http.StatusCreated] != 1)
	r.answers("a rush", outcomes, http.StatusCreated, http.StatusBadRequest)
	r.watched("a rush", w)
	r.overload("orders", "orders", load)
}

// settle waits until all events have come through.
func (r *run) settle(name string) {
	r.Helper()
	began := time.Now()
	r.AwaitSound(r)
	r.note(name, "all events have come through", "after "+round(time.Since(began)).String(), "", false)
}

func (r *run) note(load, what, measured, required string, missed bool) {
	r.table.Note(load, what, measured, required, missed)
	r.Logf("%s: %s: %s", load, what, measured)
}

// check fails the test for a requirement that is missed.
func (r *run) check(load, what, measured, required string, missed bool) {
	r.Helper()
	if r.note(load, what, measured, required, missed); missed {
		r.Errorf("%s: %s: %s; required: %s", load, what, measured, required)
	}
}

// timed is check where times are judged, else note.
func (r *run) timed(load, what, measured, required string, missed bool) {
	r.Helper()
	if full() > 0 {
		r.check(load, what, measured, required, missed)
		return
	}
	r.note(load, what, measured, "", false)
}

// recovery is how long it took until half a second brought as much as this in a second.
func recovery(timeline []int, perSecond float64) (time.Duration, bool) {
	const window = 5
	for end := window; end <= len(timeline); end++ {
		n := 0
		for _, served := range timeline[end-window : end] {
			n += served
		}
		if float64(n) >= perSecond*(window*tick).Seconds() {
			return time.Duration(end) * tick, true
		}
	}
	return time.Duration(len(timeline)) * tick, false
}

func round(d time.Duration) time.Duration {
	if d < time.Second {
		return d.Round(100 * time.Microsecond)
	}
	return d.Round(10 * time.Millisecond)
}
