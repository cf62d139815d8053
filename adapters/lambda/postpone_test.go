package lambda

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"os"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// hiding is a topic whose queues hide messages, or say that they cannot.
type hiding struct {
	topic
	err    error
	takes  time.Duration
	lock   sync.Mutex
	hidden map[string]time.Duration
}

func (h *hiding) Hide(ctx context.Context, queue, receipt string, d time.Duration) error {
	select {
	case <-time.After(h.takes):
	case <-ctx.Done():
		return ctx.Err()
	}
	h.lock.Lock()
	defer h.lock.Unlock()
	h.hidden[queue+" "+receipt] = d
	return h.err
}

const queueARN = "arn:aws:sqs:eu-west-1:1:consume "

// TestPostpone: a message that has to come again does so when its consumer wants it, and else the later the more often it came.
// One that is done, or a dead letter, is left alone.
func TestPostpone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		receives int
		age      time.Duration
		hidden   map[string]time.Duration
	}{
		"at first": {1, 0, map[string]time.Duration{"receipt-1": time.Second, "receipt-2": 20 * time.Minute, "receipt-3": time.Second}},
		"later":    {4, 0, map[string]time.Duration{"receipt-1": 8 * time.Second, "receipt-2": 20 * time.Minute, "receipt-3": 8 * time.Second}},
		"at last":  {1000, 0, map[string]time.Duration{"receipt-2": 20 * time.Minute, "receipt-3": longestRetry}},
		"old":      {1000, 25 * time.Hour, map[string]time.Duration{"receipt-2": 20 * time.Minute}}, // what is to wait has not failed
	} {
		h := &hiding{hidden: map[string]time.Duration{}, err: errors.New("no right to")}
		service := twice(func(ctx context.Context, ticket event.Ticket) error {
			if ticket.Title != "later" {
				return asTitled(ctx, ticket)
			}
			later := apierror.Unavailable(errors.New("not due"))
			later.RetryAfter = 20 * time.Minute
			return later
		}, nil, nil)
		service.DeadLetters, service.Consumers = &letters{}, service.Consumers[:1]
		a, err := Open(func(config.Values) (function.Service, error) { return service, nil }, functiontest.EventKeys().With(sending),
			AWS{Bus: func(string) (bus.Conn, error) { return h, nil }}, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := a.Invoke(t.Context(), queue(t, c.receives, c.age, titled(t, "done", "retry", "later", "away", "reject")...))
		want := map[string]time.Duration{}
		for receipt, d := range c.hidden {
			want[queueARN+receipt] = d
		}
		if err != nil || !maps.Equal(h.hidden, want) {
			t.Errorf("%s: answered %s, %v; hidden %v, want %v", name, answer, err, h.hidden, want)
		}
	}
}

// TestComesAgainSoon: a message that was done comes again soon if its events could not be sent. One that has to wait does so.
func TestComesAgainSoon(t *testing.T) {
	t.Parallel()
	h := &hiding{hidden: map[string]time.Duration{}}
	service := twice(func(_ context.Context, ticket event.Ticket) error {
		later := apierror.Unavailable(errors.New("not due"))
		if later.RetryAfter = 20 * time.Minute; ticket.Title == "later" {
			return later
		}
		return nil
	}, nil, nil)
	service.Name, service.Consumers, service.Outbox = "tickets", service.Consumers[:1], &source{unsent: true, err: errors.New("no bus")}
	a, err := Open(func(config.Values) (function.Service, error) { return service, nil }, functiontest.EventKeys().With(sending),
		AWS{Bus: func(string) (bus.Conn, error) { return h, nil }}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := a.Invoke(t.Context(), queue(t, 1, 0, titled(t, "done", "later")...))
	want := map[string]time.Duration{queueARN + "receipt-0": time.Second, queueARN + "receipt-1": 20 * time.Minute}
	if err == nil || !maps.Equal(h.hidden, want) {
		t.Errorf("answered %s, %v; hidden %v, want %v", answer, err, h.hidden, want)
	}
}

// TestQueueGivesUpLast: an event that fails all day long is among the dead letters before its queue counts as many receives as it allows.
func TestQueueGivesUpLast(t *testing.T) {
	t.Parallel()
	settings, err := config.Parse[Settings](config.Values{})
	if err != nil {
		t.Fatal(err)
	}
	template, err := os.ReadFile("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	allowed := regexp.MustCompile(`maxReceiveCount: (\d+)`).FindAllSubmatch(template, -1)
	if len(allowed) == 0 {
		t.Error("no queue has a limit")
	}
	for _, found := range allowed {
		limit, err := strconv.Atoi(string(found[1]))
		var passed time.Duration
		for receives := 1; receives < limit; receives++ {
			passed += retryAfter(receives)
		}
		if err != nil || passed <= settings.GiveUp {
			t.Errorf("%d receives take %v, %v", limit, passed, err)
		}
	}
}

// TestFirstCallOfAQueue: a message is hidden although a new process takes most of a second to reach its queue.
func TestFirstCallOfAQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &hiding{hidden: map[string]time.Duration{}, takes: 800 * time.Millisecond}
		s := sender{conn: h}
		s.relay.Log = slog.New(slog.DiscardHandler)
		if s.postpone(t.Context(), record{Queue: "consume", Receipt: "receipt"}, time.Minute); h.hidden["consume receipt"] != time.Minute {
			t.Errorf("hidden %v", h.hidden)
		}
	})
}
