package dispatcher

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"sync/atomic"
	"testing"

	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
)

// TestTargetIsDown: a target that is down for longer than a failing event would be tried gets all when it is back.
func TestTargetIsDown(t *testing.T) {
	onEvery(t, func(t *testing.T, busURL string, to func(*receiver) config.Values) {
		r := newReceiver(t, nil)
		values, address := to(r), r.server.Listener.Addr().String()
		r.server.Close()
		host := started(t, busURL, values)
		b := newBus(t, busURL)
		for id := range int32(20) {
			publish(t, b, "tickets.created", ticket(t, event.TicketCreated, id+1))
		}
		reaches(t, host, deliveries("again"), 3*20)
		listener, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		back := &httptest.Server{Listener: listener, Config: &http.Server{Handler: r.handler()}} //nolint:gosec // for a test
		back.Start()
		t.Cleanup(back.Close)
		equals(t, "different ones received", 20, r.different)
		if n := r.count(func(e received) bool { return e.dead() != "" }); n > 0 {
			t.Errorf("%d dead letters", n)
		}
	})
}

// TestBetween: what a gateway, or Lambda itself, says on the consumer's behalf makes no dead letter, however often it does, until BUS_GIVE_UP.
func TestBetween(t *testing.T) {
	onEvery(t, func(t *testing.T, busURL string, to func(*receiver) config.Values) {
		var repaired atomic.Bool
		r := newReceiver(t, func(e received) outcome {
			if e.dead() == "" && !repaired.Load() {
				return lost
			}
			return done
		})
		host := started(t, busURL, to(r))
		b := newBus(t, busURL)
		publish(t, b, "tickets.created", ticket(t, event.TicketCreated, 1))
		reaches(t, host, deliveries("again"), 4) // more than BUS_MAX_DELIVERIES
		repaired.Store(true)
		reaches(t, host, deliveries("done"), 1)
		if n := metric(t, host, deliveries("dead")); n > 0 {
			t.Errorf("%v dead letters", n)
		}
		if err := host.Close(); err != nil {
			t.Fatal(err)
		}
		repaired.Store(false)
		host = started(t, busURL, to(r).With(config.Values{"BUS_GIVE_UP": "1ns"}))
		publish(t, b, "tickets.created", ticket(t, event.TicketCreated, 2))
		reaches(t, host, deliveries("dead"), 1)
	})
}

// TestKilled: real dispatchers are killed while they relay and deliver, and replaced; nothing is lost.
func TestKilled(t *testing.T) {
	programs := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", programs, "../cmd/dispatcher").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	onEvery(t, func(t *testing.T, busURL string, to func(*receiver) config.Values) {
		const rounds, each = 4, 50
		db, address := newService(t)
		r := newReceiver(t, nil)
		values := to(r).With(credentials).With(config.Values{
			"BUS_URL": busURL, "BUS_ACK_WAIT": "1s", "DISPATCH_OUTBOXES": "tickets=" + relayRole(t, db, address),
		})
		var processes []*systemtest.Process
		for range 2 {
			p := systemtest.NewProcess(t, programs, "dispatcher", values)
			if err := p.Start(); err != nil {
				t.Fatal(err)
			}
			processes = append(processes, p)
		}
		for round := range rounds {
			before := len(r.all())
			for id := range each {
				change(t, db, int32(round*each+id+1))
			}
			equals(t, "new deliveries", 1, func() int { return min(1, len(r.all())-before) })
			victim := processes[round%2]
			if err := errors.Join(victim.Kill(), victim.Start()); err != nil {
				t.Fatal(err)
			}
		}
		equals(t, "different ones received", rounds*each, r.different)
		equals(t, "unsent", 0, func() int { return unsent(t, db) })
		for _, p := range processes { // before it is ready a signal just ends it
			if err := errors.Join(p.Ready(t.Context(), timeout), p.Stop()); err != nil {
				t.Error(err)
			}
		}
	})
}
