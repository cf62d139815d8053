package functiontest

import (
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

// Signatures are by the keys of EventKeys.
func Signatures() event.Signatures {
	keys := map[string][]string{}
	for _, e := range event.All() {
		keys[event.Publisher(e.Type)] = []string{EventKey(event.Publisher(e.Type))}
	}
	return event.Signatures{Keys: keys}
}

// EventKeys are settings with a key for each publisher.
func EventKeys() config.Values {
	values := config.Values{}
	for publisher, keys := range Signatures().Keys {
		values[function.KeySetting(publisher)] = keys[0]
	}
	return values
}

// EventKey is the key of a publisher's events.
func EventKey(publisher string) string { return "of-the-tests-for-the-events-of-" + publisher }

// Event makes an event as another service would, signed.
func Event[T event.Payload](t testing.TB, kind event.Type[T], data T) event.Event {
	t.Helper()
	return EventWithID(t, "", kind, data)
}

// EventWithID is Event with an id of the test's.
func EventWithID[T event.Payload](t testing.TB, id string, kind event.Type[T], data T) event.Event {
	t.Helper()
	d, err := event.Of(t.Context(), kind, data)
	d.ID = id
	if err == nil {
		err = Signatures().Sign(&d)
	}
	if err != nil {
		t.Fatal(err)
	}
	return d.At(1, time.Now())
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
