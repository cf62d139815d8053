package expiration

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// TestWithoutRedis: the event of an open order comes again at its deadline, and is announced then; that of an order that has ended
// is done at once. What cannot be sent stays.
func TestWithoutRedis(t *testing.T) {
	t.Parallel()
	service, err := New(functiontest.EventKeys().With(map[string]string{"REDIS_URL": "none"}))
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{now: noon}
	*service.Clock = c.Now
	source := service.Outbox.(*queued)
	handle := func(status event.OrderStatus) error {
		return service.Consumers[0].Handle(t.Context(), functiontest.Event(t, event.OrderCreated, orderOf(7, status, noon.Add(20*time.Minute))))
	}
	if err := handle(event.OrderIsCancelled); err != nil || source.Unsent() {
		t.Errorf("of one that has ended: %v", err)
	}
	if err := apierror.From(handle(event.OrderIsCreated)); !err.Temporary() || err.RetryAfter != 20*time.Minute || source.Unsent() {
		t.Errorf("before its time: %v, again after %v", err, err.RetryAfter)
	}
	c.Set(noon.Add(20 * time.Minute))
	for range 2 { // it comes again while it cannot be sent
		if err := handle(event.OrderIsCreated); err != nil || !source.Unsent() {
			t.Errorf("at its time: %v", err)
		}
	}
	var sent []event.Event
	refused := errRefused
	for range 2 {
		n, err := source.Relay(t.Context(), 10, func(_ context.Context, events []event.Event) []error {
			sent = events
			return []error{refused}
		})
		if n != 1 || !errors.Is(err, refused) || source.Unsent() != (refused != nil) {
			t.Fatalf("%d, %v, still there: %v", n, err, source.Unsent())
		}
		refused = nil
	}
	reached, err := event.DataOf[event.ExpirationReached](sent[0])
	if err != nil || reached.ID != 7 || !reached.ExpiresAt.Equal(noon.Add(20*time.Minute)) {
		t.Errorf("%+v, %v", reached, err)
	}
}
