package payments

import (
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/timestamp"
)

// The states of an order come in any order and any number of times: the copy ends as the newest.
func TestCopyIsTheNewest(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	for i, versions := range [][]int32{{0, 2, 5}, {0, 2, 5}, {5, 2, 0}, {5, 2, 0}, {2, 5, 2}, {2, 5, 2}, {5, 5, 0}, {5, 5, 0}} { // one after another, and all at once; a gap changes nothing
		id := int32(i + 1)
		var states []event.Order
		want := Order{ID: id, UserID: buyer, Status: event.OrderIsCancelled, Price: price}
		for _, v := range versions {
			o := order(id)
			o.Version, o.ExpiresAt = v, timestamp.Of(time.Unix(1700000000+int64(v), 0))
			if v == 5 {
				o.Status, want.ExpiresAt = event.OrderIsCancelled, o.ExpiresAt
			}
			states = append(states, o)
			if i%2 == 0 {
				f.copy(o)
			}
		}
		if i%2 == 1 {
			functiontest.DeliverBatch(t, f.Run, "copy-order", event.OrderUpdated, states...)
		}
		if got, err := findOrder(t.Context(), f.db, id); err != nil || got != want {
			t.Errorf("%v: copied %+v, want %+v (%v)", versions, got, want, err)
		}
	}
}
