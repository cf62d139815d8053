package function_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/function"
)

// TestTickTakes: a run has the time that its schedule says it takes, however short the interval.
func TestTickTakes(t *testing.T) {
	t.Parallel()
	runner, _ := newRunner(t)
	var left time.Duration
	run := func(ctx context.Context) error {
		until, _ := ctx.Deadline()
		left = time.Until(until)
		return nil
	}
	if err := runner.Tick(t.Context(), function.Service{Name: "test"}, function.Every("send", 2*time.Second, run).Takes(time.Hour, 0)); err != nil || left < 30*time.Minute {
		t.Errorf("%v left, %v", left, err)
	}
}

// TestGuard: a panic in a goroutine of a schedule or an endpoint is an error, and counted.
func TestGuard(t *testing.T) {
	t.Parallel()
	runner, registry := newRunner(t)
	run := func(ctx context.Context) error {
		done := make(chan error)
		go func() { done <- function.Guard(ctx, func() error { panic("nil map") }) }()
		return <-done
	}
	err := runner.Tick(t.Context(), function.Service{Name: "test"}, function.Every("send", time.Minute, run))
	if err == nil || err.Error() != "panic: nil map" {
		t.Error(err)
	}
	counted(t, registry, "ticketing_panics_total function=send service=test", 1)
	get := function.Raw("get", http.MethodGet, "/", func(_ http.ResponseWriter, r *http.Request) { err = run(r.Context()) })
	h := runner.Handler(function.Service{Name: "test", Endpoints: []function.Endpoint{get}})
	if err = nil; call(h, http.MethodGet, "/", "").Code != 200 || err == nil {
		t.Error(err)
	}
	counted(t, registry, "ticketing_panics_total function=get service=test", 1)
}
