package notifications_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gittix/ticketing/functions/notifications"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// busy counts who is inside at once.
type busy struct{ now, most atomic.Int32 }

func (b *busy) enter() {
	n := b.now.Add(1)
	for m := b.most.Load(); n > m && !b.most.CompareAndSwap(m, n); m = b.most.Load() {
	}
}

// TestOneAttemptPerTarget: two services on one database, and many messages to one webhook: it is never called while it is at work.
func TestOneAttemptPerTarget(t *testing.T) {
	t.Parallel()
	h := startHooks(t, nil)
	other := h.again()
	var inside busy
	p := newProgram(t, func(http.ResponseWriter, *http.Request) {
		inside.enter()
		defer inside.now.Add(-1)
		time.Sleep(20 * time.Millisecond) // at work
	})
	h.hook(5, p.URL, "order.paid")
	good := newProgram(t, answering(200))
	for i := range int32(16) { // so that each has its connections
		h.hook(20+i, good.URL, "order.paid")
		h.paid(100+i, 20+i)
	}
	for i := range int32(16) {
		h.paid(i+1, 5)
	}
	done := make(chan error)
	for _, run := range []*functiontest.Run{h.Run, other} {
		go func() { done <- run.Tick("send-webhooks") }()
	}
	for range 2 {
		h.Must(<-done)
	}
	if calls := len(p.got()); calls != 16 || inside.most.Load() != 1 {
		t.Errorf("%d calls, at most %d at once", calls, inside.most.Load())
	}
}

// TestTwoOfAUser: whoever has many webhooks that hang leaves the workers to others.
func TestTwoOfAUser(t *testing.T) {
	t.Parallel()
	h := startHooks(t, nil)
	var inside busy
	p := newProgram(t, func(_ http.ResponseWriter, r *http.Request) {
		inside.enter()
		defer inside.now.Add(-1)
		<-r.Context().Done() // until it is given up
	})
	for range 10 {
		h.hook(5, p.URL, "order.paid")
	}
	good := newProgram(t, answering(200))
	h.hook(6, good.URL, "order.paid")
	h.paid(1, 5)
	h.paid(2, 6)
	i := slices.IndexFunc(h.service.Schedules, func(s function.Schedule) bool { return s.Name == "send-webhooks" })
	run, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- h.service.Schedules[i].Run(run) }()
	select {
	case <-good.calls:
	case err := <-done:
		t.Errorf("the run ended without the other's: %v", err)
	}
	stop()
	h.Must(<-done)
	if n := inside.most.Load(); n != 2 {
		t.Errorf("%d at once", n)
	}
}

// TestPauseOfTarget: what comes for a webhook that has failed waits with the rest of its messages; when one has got through, all do.
func TestPauseOfTarget(t *testing.T) {
	t.Parallel()
	h := startHooks(t, nil)
	p, status := failing(t)
	hook := h.hook(5, p.URL, "order.paid").Webhook
	for i := range int32(4) {
		h.paid(i+1, 5)
		h.send()
	}
	if calls := len(p.got()); calls != 1 {
		t.Errorf("%d calls while it pauses", calls)
	}
	for range 3 {
		h.later(2 * time.Hour)
		h.send()
	}
	if calls := len(p.got()); calls != 3 {
		t.Errorf("%d calls in 6 hours", calls)
	}
	status.Store(200)
	functiontest.Parse[notifications.Resent](t, h.Call(5, "POST", fmt.Sprint(hooks, "/deliveries/", h.log(5, hook.ID)[0].ID, "/send"), ""), 202)
	h.send()
	if calls := len(p.got()); calls != 4 {
		t.Errorf("%d calls after one got through", calls)
	}
}

// TestResendIsLimited: whoever sends again in a loop makes no other program busy.
func TestResendIsLimited(t *testing.T) {
	t.Parallel()
	h := startHooks(t, nil)
	p := newProgram(t, answering(200))
	hook := h.hook(5, p.URL, "order.paid").Webhook
	h.paid(1, 5)
	h.send()
	at := fmt.Sprint(hooks, "/deliveries/", h.log(5, hook.ID)[0].ID, "/send")
	for range 10 {
		functiontest.Parse[notifications.Resent](t, h.Call(5, "POST", at, ""), 202)
	}
	a := h.Call(5, "POST", at, "")
	functiontest.Refused(t, "the eleventh", a, 429, "Too many messages sent again.")
	if a.Header.Get("Retry-After") == "" {
		t.Error("it does not say when again")
	}
}
