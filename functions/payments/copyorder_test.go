package payments

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/timestamp"
)

// In whatever order an order's states come, and however often: the copy ends as the newest of them.
func TestCopyIsTheNewest(t *testing.T) {
	t.Parallel()
	f := start(t)
	var id int32
	rapid.Check(t, func(r *rapid.T) {
		id++
		var states []event.Order
		for version := range rapid.Int32Range(1, 5).Draw(r, "versions") {
			o := order(id)
			o.Version = 2 * version // a gap changes nothing
			o.ExpiresAt = timestamp.Of(o.ExpiresAt.Add(time.Duration(version) * time.Minute))
			o.Status = rapid.SampledFrom([]event.OrderStatus{event.OrderIsCreated, event.OrderIsComplete, event.OrderIsCancelled}).Draw(r, "status")
			states = append(states, o)
		}
		newest := states[len(states)-1]
		again := rapid.SliceOfN(rapid.SampledFrom(states), 0, len(states)).Draw(r, "again")
		for _, o := range rapid.Permutation(append(states, again...)).Draw(r, "as they come") {
			f.copy(o)
		}
		want := Order{ID: id, UserID: buyer, Status: newest.Status, Price: price, ExpiresAt: newest.ExpiresAt}
		if got, err := findOrder(t.Context(), f.db, id); err != nil || got != want {
			r.Fatalf("copied %+v, want %+v (%v)", got, want, err)
		}
	})
}
