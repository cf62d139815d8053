package dispatcher

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
)

// TestDelivers: every consumer of a type gets the event, whole, once; nobody else does.
func TestDelivers(t *testing.T) {
	onEvery(t, func(t *testing.T, busURL string, to func(*audience) config.Values) {
		a := newAudience(t, nil)
		p := started(t, busURL, to(a).With(config.Values{"BUS_ACK_WAIT": "20s"}))
		sent := ticket(t, 1)
		publish(t, newBus(t, busURL), "tickets.created", sent)
		shows(t, p, deliveries("done")+" 1")
		shows(t, p, `ticketing_dispatch_in_flight{consumer="copy-ticket"} 0`)
		all := a.heard()
		if len(all) != 1 || all[0].consumer != "copy-ticket" {
			t.Fatalf("heard %v", all)
		}
		want, err := event.Decode(sent)
		if err != nil {
			t.Fatal(err)
		}
		if got := all[0].event; got.String() != want.String() {
			t.Errorf("heard\n%ssent\n%s", got, want)
		}
	})
}

// TestFailures: what a consumer rejects is done; what it fails comes again, and in the end as a dead letter,
// until that is taken; what it cannot do for now comes until it can.
func TestFailures(t *testing.T) {
	onEvery(t, func(t *testing.T, busURL string, to func(*audience) config.Values) {
		var recovered, storing atomic.Bool
		a := newAudience(t, func(h heard) verdict {
			switch h.event.ID() {
			case "1":
				return rejected
			case "2":
				if h.dead() != "" && storing.Swap(true) {
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
		p := started(t, busURL, to(a))
		for id := range int32(4) {
			publish(t, newBus(t, busURL), "tickets.created", ticket(t, id+1))
		}
		reaches(t, p, deliveries("dead"), 1)
		alive := a.count(func(h heard) bool { return h.event.ID() == "2" && h.dead() == "" })
		dead := a.count(func(h heard) bool { return h.event.ID() == "2" && h.dead() != "" })
		if alive < 2 || dead < 2 {
			t.Errorf("the event was heard %d times, and %d times as a dead letter", alive, dead)
		}
		tries := func() int { return a.count(func(h heard) bool { return h.event.ID() == "3" }) }
		eventually(t, func() error {
			if n := tries(); n < 8 {
				return fmt.Errorf("tried %d times", n)
			}
			return nil
		})
		recovered.Store(true)
		before := tries()
		eventually(t, func() error {
			if tries() == before {
				return errors.New("it is not tried again")
			}
			return nil
		})
		reaches(t, p, deliveries("done"), 2) // 3 and 4
		if n := a.count(func(h heard) bool { return h.event.ID() != "2" && h.dead() != "" }); n > 0 {
			t.Errorf("%d dead letters of events that no consumer failed", n)
		}
	})
}

// TestMalformed: a message that is no event reaches its consumer in an event that it can only reject.
func TestMalformed(t *testing.T) {
	onEvery(t, func(t *testing.T, busURL string, to func(*audience) config.Values) {
		a := newAudience(t, func(heard) verdict { return rejected })
		started(t, busURL, to(a).With(config.Values{"BUS_ACK_WAIT": "20s"}))
		publish(t, newBus(t, busURL), "tickets.updated", []byte("\x00\xff"), []byte(`{"id":1}`), nil, ticket(t, 1)) // the last is of another type
		equals(t, "heard", 4, func() int { return len(a.heard()) })
		for _, h := range a.heard() {
			if _, err := event.DataOf[event.Ticket](h.event); err == nil || h.event.Type() != "tickets.updated" {
				t.Errorf("%s can be handled", h.event)
			}
		}
	})
}

// TestDrain: told to stop, a dispatcher finishes what is under way, and the bus hears of it.
func TestDrain(t *testing.T) {
	onEvery(t, func(t *testing.T, busURL string, to func(*audience) config.Values) {
		began, end := make(chan struct{}, 10), make(chan struct{})
		a := newAudience(t, func(heard) verdict {
			began <- struct{}{}
			<-end
			return done
		})
		p := started(t, busURL, to(a).With(config.Values{"BUS_ACK_WAIT": "20s"}))
		publish(t, newBus(t, busURL), "tickets.created", ticket(t, 1))
		<-began
		ended := make(chan error, 1)
		go func() { ended <- p.Close() }()
		eventually(t, func() error {
			if !p.Stopping() {
				return fmt.Errorf("it does not stop")
			}
			return nil
		})
		if status, _, err := get(t.Context(), p.URL+"/api/healthz"); err != nil || status != http.StatusServiceUnavailable {
			t.Errorf("ready while it stops: %d, %v", status, err)
		}
		close(end)
		if err := <-ended; err != nil {
			t.Errorf("stop: %v", err)
		}
		next := started(t, busURL, to(a).With(config.Values{"BUS_ACK_WAIT": "20s"}))
		publish(t, newBus(t, busURL), "tickets.created", ticket(t, 2))
		shows(t, next, deliveries("done")+" 1")
		if all := a.heard(); len(all) != 2 {
			t.Errorf("heard %d times", len(all))
		}
	})
}

// TestTwoShareTheWork: of two dispatchers both deliver, no more at once for a consumer than each may, and each
// event is delivered by one of them.
func TestTwoShareTheWork(t *testing.T) {
	onEvery(t, func(t *testing.T, busURL string, to func(*audience) config.Values) {
		const events = 40
		var now atomic.Int64
		both := make(chan struct{})
		release := sync.OnceFunc(func() { close(both) })
		a := newAudience(t, func(heard) verdict {
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
		values := to(a).With(config.Values{"BUS_CONCURRENCY": "2", "BUS_ACK_WAIT": "20s"})
		one, two := started(t, busURL, values), started(t, busURL, values)
		for _, p := range []*process.Host{one, two} {
			eventually(t, func() error { return p.Bus.Ready(t.Context()) })
		}
		b := newBus(t, busURL)
		for id := range int32(events) {
			what := []event.Type[event.Ticket]{event.TicketCreated, event.TicketUpdated}[id%2]
			publish(t, b, string(what), ticketIs(t, what, id+1))
		}
		equals(t, "heard", events, func() int { return len(a.heard()) })
		if n := a.different(); n != events {
			t.Errorf("only %d different ones", n)
		}
	})
}

// TestBroker: a Broker gets every event once, with its overrides, and no dead letters.
func TestBroker(t *testing.T) {
	t.Parallel()
	var refusals atomic.Int64
	a := newAudience(t, func(heard) verdict {
		if refusals.Add(1) <= 4 { // more than BUS_MAX_DELIVERIES
			return rejected
		}
		return done
	})
	busURL := newJetStream(t)
	p := started(t, busURL, config.Values{
		"DISPATCH_TARGET": "$K_SINK", "K_SINK": a.server.URL + "/events/default", "K_CE_OVERRIDES": `{"extensions":{"cluster":"west"}}`,
	})
	publish(t, newBus(t, busURL), "tickets.created", ticket(t, 1))
	reaches(t, p, `ticketing_dispatch_deliveries_total{consumer="everyone",outcome="done"}`, 1)
	all := a.heard()
	if len(all) < 5 {
		t.Errorf("heard %d times", len(all))
	}
	for _, h := range all {
		if h.event.Extensions()["cluster"] != "west" || h.dead() != "" {
			t.Errorf("heard %s", h.event)
		}
	}
}

// TestProbes: alive without its broker, ready only with it.
func TestProbes(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]int{"jetstream://127.0.0.1:1": http.StatusServiceUnavailable, newJetStream(t): http.StatusOK} {
		p := started(t, url, config.Values{"DISPATCH_TARGET": "http://127.0.0.1:1/{consumer}"})
		if status, body, err := get(t.Context(), p.URL+"/health"); err != nil || status != http.StatusOK || body != "OK" {
			t.Errorf("health: %d %s, %v", status, body, err)
		}
		equals(t, "readiness", want, func() int {
			status, _, _ := get(t.Context(), p.URL+"/api/healthz")
			return status
		})
		if status, _, err := get(t.Context(), p.URL+"/"); err != nil || status != http.StatusNotFound {
			t.Errorf("/: %d, %v", status, err)
		}
	}
}
