package expiration

import (
	"context"
	"maps"
	"testing"

	"github.com/gittix/ticketing/shared/event"
)

// An order of a status that this version does not know keeps its deadline if it has one: orders is the judge when it passes.
func TestUnknownStatusLeavesTheDeadline(t *testing.T) {
	t.Parallel()
	a := newAgenda(t)
	follow(t, a, 1, noon)
	for id := int32(1); id <= 2; id++ {
		if err := a.scheduleExpiration(t.Context(), []event.Order{orderOf(id, "held", noon)}); err != nil {
			t.Fatal(err)
		}
	}
	if got := contents(t, a); !maps.Equal(got, map[int32]stored{1: {noon.UnixMilli(), noon.UnixMilli()}}) {
		t.Errorf("agenda %v", got)
	}
}

// What a newer version has added to a deadline, before it was rolled back, is not taken for its signature, and the deadline
// is announced once.
func TestDeadlineOfANewerVersion(t *testing.T) {
	t.Parallel()
	a := newAgenda(t)
	follow(t, a, 1, noon)
	d := deadline{order: 1, expiresAt: deadlineOf(t.Context(), orderOf(1, event.OrderIsCreated, noon)).expiresAt, signature: "signature"}
	if err := a.client.HSet(t.Context(), deadlineKey, "1", d.String()+" reason=grace").Err(); err != nil {
		t.Fatal(err)
	}
	var got event.Event
	if _, err := newOutbox(a, (&clock{now: noon}).Now).Relay(t.Context(), 10, func(_ context.Context, events []event.Event) []error {
		got = events[0]
		return []error{nil}
	}); err != nil || got.Extension(event.Signature) != "signature" {
		t.Errorf("%v, %v", got, err)
	}
	if left := contents(t, a); len(left) > 0 {
		t.Errorf("agenda %v", left)
	}
}
