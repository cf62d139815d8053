package functiontest

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/function"
)

// DeadLetters checks an empty store of dead letters: what is added is listed as it was, in pages, until it is removed.
func DeadLetters(t testing.TB, d function.DeadLetters) {
	t.Helper()
	events := [][]byte{[]byte(`{"id":1}`), []byte("\x00\xff{"), nil, bytes.Repeat([]byte("x"), 1<<20), []byte(`{"id":1}`)}
	for _, e := range events {
		if err := d.Add(t.Context(), function.DeadLetter{Function: "f", Event: e, Reason: "why: \x00\xff " + string(e)}); err != nil {
			t.Fatal(err)
		}
	}
	list := func(after int64, limit, want int) []function.DeadLetter {
		t.Helper()
		letters, err := d.List(t.Context(), after, limit)
		if err != nil || len(letters) != want {
			t.Fatalf("%d letters after %d, %v; want %d", len(letters), after, err, want)
		}
		return letters
	}
	all := list(0, 100, len(events))
	for i, l := range all {
		if !bytes.Equal(l.Event, events[i]) || l.Function != "f" || !strings.HasPrefix(l.Reason, "why: ") || time.Since(l.At).Abs() > time.Minute {
			t.Errorf("letter %d: %.100q %.100q %v", i, l.Event, l.Reason, l.At)
		}
	}
	if page := list(all[0].ID, 2, 2); page[0].ID != all[1].ID || page[1].ID != all[2].ID {
		t.Errorf("two after the first: %v", page)
	}
	if err := d.Remove(t.Context(), all[1].ID); err != nil {
		t.Fatal(err)
	}
	if left := list(all[0].ID, 100, len(events)-2); left[0].ID != all[2].ID {
		t.Errorf("after a removal: %v", left)
	}
	list(all[len(all)-1].ID, 100, 0)
}
