package functiontest

import (
	"strconv"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/event"
)

// Event makes an event as another service would.
func Event[T event.Payload](t testing.TB, kind event.Type[T], data T) event.Event {
	t.Helper()
	d, err := event.Of(t.Context(), kind, data)
	if err != nil {
		t.Fatal(err)
	}
	return d.At("test-"+strconv.FormatInt(time.Now().UnixNano(), 10), 1, time.Now())
}

// Data returns the payload of an event, which must be of that type.
func Data[T event.Payload](t testing.TB, kind event.Type[T], e event.Event) T {
	t.Helper()
	data, err := event.DataOf[T](e)
	if err != nil || e.Type() != string(kind) {
		t.Fatalf("%s, want %s: %v", e.Type(), kind, err)
	}
	return data
}
