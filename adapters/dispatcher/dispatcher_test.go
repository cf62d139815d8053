package dispatcher

import (
	"fmt"
	"net/http"
	neturl "net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
)

// TestOutcomes: an event goes to its consumers alone, whole. What a consumer rejects is done; what it fails comes again, and in
// the end as a dead letter, until the consumer has that; what it cannot do for now comes until it can. A message that is no
// event reaches its consumer in an event that it can only reject.
func TestOutcomes(t *testing.T) {
	onEvery(t, func(t *testing.T, busURL string, to func(*receiver) config.Values) {
		var recovered, storing atomic.Bool
		r := newReceiver(t, func(e received) outcome {
			if _, err := event.DataOf[event.Ticket](e.event); err != nil || e.event.ID() == "1" {
				return rejected
			}
			switch e.event.ID() {
			case "2":
				if e.dead() != "" && storing.Swap(true) {
					return done // the second time
				}
				return failed
			case "3":
				if !recovered.Load() {
					return lacking
				}
			}
			return done
		})
		host := started(t, busURL, to(r))
		whole := ticket(t, event.TicketCreated, 4)
		publish(t, newBus(t, busURL), "tickets.created", []byte("\x00\xff"), []byte(`{"id":1}`), nil, ticket(t, event.TicketUpdated, 5),
			ticket(t, event.TicketCreated, 1), ticket(t, event.TicketCreated, 2), ticket(t, event.TicketCreated, 3), whole)
		reaches(t, host, deliveries("dead"), 1)
		of := func(id string, dead bool) int {
			return r.count(func(e received) bool { return e.event.ID() == id && (e.dead() != "") == dead })
		}
		if alive, dead := of("2", false), of("2", true); alive < 2 || dead < 2 {
			t.Errorf("a failing event came %d times, and %d times as a dead letter", alive, dead)
		}
		equals(t, "attempts", 8, func() int { return min(8, of("3", false)) })
		recovered.Store(true)
		equals(t, "settled events", 7, func() float64 { // a Lambda's answer to a rejected one is that it is done
			return min(7, metric(t, host, deliveries("done"))+metric(t, host, deliveries("rejected")))
		})
		shows(t, host, `ticketing_dispatch_in_flight{consumer="copy-ticket"}`, 0)
		want, err := event.Decode(whole)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range r.all() {
			if e.consumer != "copy-ticket" || e.event.Type() != "tickets.created" || e.event.ID() == "4" && e.event.String() != want.String() {
				t.Errorf("%s received\n%s", e.consumer, e.event)
			}
			if e.event.ID() != "2" && e.dead() != "" {
				t.Errorf("a dead letter that no consumer failed: %s", e.event)
			}
		}
	})
}

// TestDrain: told to stop, a dispatcher is unready, finishes what is under way, and confirms it to the bus.
func TestDrain(t *testing.T) {
	onEvery(t, func(t *testing.T, busURL string, to func(*receiver) config.Values) {
		began, end := make(chan struct{}, 10), make(chan struct{})
		r := newReceiver(t, func(received) outcome {
			began <- struct{}{}
			<-end
			return done
		})
		values := to(r).With(config.Values{"BUS_ACK_WAIT": "20s"})
		host := started(t, busURL, values)
		b := newBus(t, busURL)
		publish(t, b, "tickets.created", ticket(t, event.TicketCreated, 1))
		<-began
		ended := make(chan error, 1)
		go func() { ended <- host.Close() }()
		equals(t, "readiness", http.StatusServiceUnavailable, func() int {
			status, _, _ := get(t.Context(), host.URL+"/api/healthz")
			return status
		})
		close(end)
		if err := <-ended; err != nil {
			t.Errorf("stop: %v", err)
		}
		next := started(t, busURL, values)
		publish(t, b, "tickets.created", ticket(t, event.TicketCreated, 2))
		shows(t, next, deliveries("done"), 1)
		if n := len(r.all()); n != 2 {
			t.Errorf("%d deliveries", n)
		}
	})
}

// TestTwoShareTheWork: of two dispatchers both deliver, no more at once for a consumer than each may, and each
// event is delivered by one of them.
func TestTwoShareTheWork(t *testing.T) {
	onEvery(t, func(t *testing.T, busURL string, to func(*receiver) config.Values) {
		const events = 40
		var now atomic.Int64
		both := make(chan struct{})
		release := sync.OnceFunc(func() { close(both) })
		r := newReceiver(t, func(received) outcome {
			switch n := now.Add(1); {
			case n == 4: // two of each
				release()
			case n > 4:
				t.Errorf("%d at once, by two dispatchers of two each", n)
			}
			<-both
			now.Add(-1)
			return done
		})
		values := to(r).With(config.Values{"BUS_CONCURRENCY": "2", "BUS_ACK_WAIT": "20s"})
		for _, host := range []*process.Host{started(t, busURL, values), started(t, busURL, values)} {
			eventually(t, func() error { return host.Ready(t.Context()) })
		}
		b := newBus(t, busURL)
		for id := range int32(events) {
			what := []event.Type[event.Ticket]{event.TicketCreated, event.TicketUpdated}[id%2]
			publish(t, b, string(what), ticket(t, what, id+1))
		}
		equals(t, "received", events, func() int { return len(r.all()) })
		if n := r.different(); n != events {
			t.Errorf("only %d different ones", n)
		}
	})
}

// TestBroker: a Broker gets every event once, with its overrides, and no dead letters.
func TestBroker(t *testing.T) {
	t.Parallel()
	var refusals atomic.Int64
	r := newReceiver(t, func(received) outcome {
		if refusals.Add(1) <= 4 { // more than BUS_MAX_DELIVERIES
			return rejected
		}
		return done
	})
	busURL := newJetStream(t)
	host := started(t, busURL, config.Values{
		"DISPATCH_TARGET": "$K_SINK", "K_SINK": r.server.URL + "/events/default", "K_CE_OVERRIDES": `{"extensions":{"cluster":"west"}}`, "BUS_GIVE_UP": "1ns",
	})
	publish(t, newBus(t, busURL), "tickets.created", ticket(t, event.TicketCreated, 1))
	reaches(t, host, `ticketing_dispatch_deliveries_total{consumer="everyone",outcome="done"}`, 1)
	if n := len(r.all()); n < 5 {
		t.Errorf("%d deliveries", n)
	}
	for _, e := range r.all() {
		if e.event.Extension("cluster") != "west" || e.dead() != "" {
			t.Errorf("received %s", e.event)
		}
	}
}

// TestProbes: alive without its broker, ready only with it.
func TestProbes(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]int{"jetstream://127.0.0.1:1": http.StatusServiceUnavailable, newJetStream(t): http.StatusOK} {
		host := started(t, url, config.Values{"DISPATCH_TARGET": "http://127.0.0.1:1/{consumer}"})
		for path, want := range map[string]int{"/health": http.StatusOK, "/": http.StatusNotFound, "/api/healthz": want} {
			equals(t, fmt.Sprintf("%s at %s", path, url), want, func() int {
				status, _, _ := get(t.Context(), host.URL+path)
				return status
			})
		}
		at, err := neturl.Parse(host.URL)
		if err != nil {
			t.Fatal(err)
		}
		if err := healthy(t.Context(), config.Values{"PORT": at.Port()}); (err == nil) != (want == http.StatusOK) {
			t.Errorf("for ECS, at %s: %v", url, err)
		}
	}
}
