package functiontest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

// Refuses checks that a request as Call sends it is answered by this error, and announces nothing.
func (r *Run) Refuses(user int32, method, target, body string, status int, message string) {
	r.t.Helper()
	what := fmt.Sprintf("user %d: %s %s %s", user, method, target, body)
	Refused(r.t, what, r.Call(user, method, target, body), status, message)
	r.Silent(what)
}

// Must ends the test if err is not nil.
func (r *Run) Must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// Silent checks that nothing was announced since the last time.
func (r *Run) Silent(what string) {
	r.t.Helper()
	if r.service.Outbox == nil {
		return
	}
	if events := r.Announced(); len(events) > 0 {
		r.t.Errorf("%s: announced %v", what, events)
	}
}

// AtOnce sends n requests at the same time, and counts the answers by status and message: "201 Order created."
func AtOnce(t testing.TB, n int, send func(i int) Answer) map[string]int {
	t.Helper()
	answers := make([]Answer, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { answers[i] = send(i) })
	}
	all.Wait()
	count := map[string]int{}
	for _, a := range answers {
		count[fmt.Sprint(a.Status, " ", Parse[struct{ Message string }](t, a, a.Status).Message)]++
	}
	return count
}

// Deliver gives a consumer an event that it must take.
func Deliver[T event.Payload](t testing.TB, r *Run, consumer string, kind event.Type[T], data T) {
	t.Helper()
	if err := r.Deliver(consumer, Event(t, kind, data)); err != nil {
		t.Fatalf("%s of %s: %v", consumer, kind, err)
	}
}

// DeliverBatch gives a consumer events that it handles in one step.
func DeliverBatch[T event.Payload](t testing.TB, r *Run, consumer string, kind event.Type[T], data ...T) {
	t.Helper()
	var events []event.Event
	for _, d := range data {
		events = append(events, Event(t, kind, d))
	}
	if err := r.consumer(consumer).Batch(t.Context(), events); err != nil {
		t.Fatalf("%s of %d: %v", consumer, len(events), err)
	}
}

// Announced checks that this was announced since the last time, and nothing else; at position seq of the outbox, or
// at any for 0.
func Announced[T event.Payload](t testing.TB, r *Run, kind event.Type[T], data T, seq int64) {
	t.Helper()
	events := r.Announced()
	if len(events) != 1 {
		t.Fatalf("announced %v, not one event", events)
	}
	e := events[0]
	if got := Data(t, kind, e); Text(got) != Text(data) || seq != 0 && e.Extension("sequence") != strconv.FormatInt(seq, 10) {
		t.Errorf("announced %s, want %s at %d", e, Text(data), seq)
	}
}

// Text is a value as a client reads it: JSON.
func Text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// Settings checks which settings a service takes. Given those that are good, each of valid and of invalid
// ("NAME=value") replaces one. An error names the setting that is invalid, and does not show "s3cret".
func Settings(t testing.TB, build function.New, good config.Values, valid, invalid []string) {
	t.Helper()
	good = EventKeys().With(good)
	open := func(change string) (name string, err error) {
		name, value, _ := strings.Cut(change, "=")
		s, err := function.Open(build, good.With(config.Values{name: value}))
		if err == nil && s.Stop != nil {
			s.Stop()
		}
		return name, err
	}
	for _, change := range append(valid, "") {
		if _, err := open(change); err != nil {
			t.Errorf("%s: %v", change, err)
		}
	}
	for _, change := range invalid {
		name, err := open(change)
		if err == nil {
			err = errors.New("it is taken")
		} else if strings.Contains(err.Error(), name) && !strings.Contains(err.Error(), "s3cret") {
			continue
		}
		t.Errorf("%s: %v", change, err)
	}
}
