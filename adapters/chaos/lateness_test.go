package chaos

import (
	"slices"
	"testing"

	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/config"
)

// TestExpiryLateness: no order is cancelled before its time, and none more than a second after it, but for what the machine stalls.
func TestExpiryLateness(t *testing.T) {
	f, h := chosen(), watchHost(t)
	s := systemtest.Local(t, systemtest.NATSStreaming, config.Values{"EXPIRATION_ORDER_MINUTES": "0.05"})
	placed := map[int32]*systemtest.User{} // the buyer of each order
	for range f.orders {
		buyer := s.User(t)
		placed[s.Reserve(t, buyer, "10").ID] = buyer
	}
	var late lateness
	for id, buyer := range placed {
		ended := s.AwaitOrder(t, buyer, id, systemtest.Cancelled)
		after := ended.UpdatedAt.Sub(ended.ExpiresAt.Time)
		if stalled := h.between(ended.ExpiresAt.Add(-soon), ended.UpdatedAt.Time); after < -earliest || after > soon+steps*stalled {
			t.Errorf("order %d was cancelled %s after its time, and the machine stalled for %s", id, after, stalled)
		}
		late = append(late, after)
	}
	slices.Sort(late)
	t.Logf("%d expired: %s", len(late), late)
}
