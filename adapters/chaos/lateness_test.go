package chaos

import (
	"slices"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/config"
)

// TestExpiryLateness: no order is cancelled before its time, and 99 of 100 soon after it.
func TestExpiryLateness(t *testing.T) {
	f := chosen()
	s := systemtest.Local(t, systemtest.NATSStreaming, config.Values{"EXPIRATION_ORDER_MINUTES": "0.05"})
	placed := map[int32]*systemtest.User{} // the buyer of each order
	for range f.orders {
		buyer := s.User(t)
		placed[s.Reserve(t, buyer, "10").ID] = buyer
	}
	var late []time.Duration
	for id, buyer := range placed {
		ended := s.AwaitOrder(t, buyer, id, systemtest.Cancelled)
		late = append(late, ended.UpdatedAt.Sub(ended.ExpiresAt.Time))
	}
	slices.Sort(late)
	p99 := late[len(late)*99/100]
	t.Logf("lateness of %d expiries: earliest %v, p50 %v, p99 %v, latest %v", len(late), late[0], late[len(late)/2], p99, late[len(late)-1])
	if late[0] < 0 {
		t.Errorf("an order was cancelled %v early", -late[0])
	}
	if p99 > f.late {
		t.Errorf("p99 is %v, more than %v", p99, f.late)
	}
}
