package postgres

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/function"
)

func TestDeadLetters(t *testing.T) {
	t.Parallel()
	d := newDB(t).DeadLetters()
	events := [][]byte{[]byte(`{"id":1}`), []byte("\x00\xff"), nil, bytes.Repeat([]byte("x"), 1<<20)}
	for _, e := range events {
		if err := d.Add(t.Context(), function.DeadLetter{Function: "f", Event: e, Reason: "why: \x00\xff " + string(e)}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := d.List(t.Context(), 0, 100)
	if err != nil || len(all) != len(events) {
		t.Fatalf("%d letters, %v", len(all), err)
	}
	for i, l := range all {
		if !bytes.Equal(l.Event, events[i]) || l.Function != "f" || !strings.HasPrefix(l.Reason, "why: \uFFFD\uFFFD ") || time.Since(l.At).Abs() > time.Minute {
			t.Errorf("letter %d: %.100q %.100q %v", i, l.Event, l.Reason, l.At)
		}
	}
	if page, err := d.List(t.Context(), all[0].ID, 2); err != nil || len(page) != 2 || page[0].ID != all[1].ID {
		t.Errorf("two after the first: %d, %v", len(page), err)
	}
	if err := d.Remove(t.Context(), all[0].ID); err != nil {
		t.Fatal(err)
	}
	if left, err := d.List(t.Context(), 0, 100); err != nil || len(left) != len(events)-1 || left[0].ID != all[1].ID {
		t.Errorf("after a removal: %d, %v", len(left), err)
	}
}
