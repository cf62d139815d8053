package expiration

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gittix/ticketing/shared/embedded/redistest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/telemetry"
)

func TestMeasures(t *testing.T) {
	t.Parallel()
	server := redistest.Server(t)
	s, runner := newService(t, server.URL())
	registry := prometheus.NewRegistry()
	if err := telemetry.Register(registry, s.Name, s.Collectors...); err != nil {
		t.Fatal(err)
	}
	expect := func(when string, want ...float64) {
		t.Helper()
		for i, name := range []string{"ticketing_expiration_pending service=expiration", "ticketing_dead_letters service=expiration"} {
			got, ok := functiontest.Measured(t, registry, name)
			if ok != (want != nil) || ok && got != want[i] {
				t.Errorf("%s: %s is %v (%v), want %v", when, name, got, ok, want)
			}
		}
	}
	expect("at first", 0, 0)
	for id := range int32(3) {
		if err := runner.Consume(t.Context(), s, s.Consumers[0], message(t, event.OrderCreated, orderOf(id+1, event.OrderIsCreated, time.Now().Add(time.Hour)))); err != nil {
			t.Fatal(err)
		}
	}
	if err := runner.Consume(t.Context(), s, s.Consumers[0], message(t, event.OrderUpdated, orderOf(1, event.OrderIsCancelled, time.Now()))); err != nil {
		t.Fatal(err)
	}
	if err := runner.Consume(t.Context(), s, s.Consumers[0], []byte("{}")); !function.IsReject(err) {
		t.Fatal(err)
	}
	expect("two orders are open, and an event was malformed", 2, 1)
	if err := server.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect("Redis is away")
}
