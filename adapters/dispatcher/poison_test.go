package dispatcher

import (
	"testing"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
)

// TestPoisonHoldsUpNoOthers: one event to which its consumer does not answer, one that it always fails, one for which it always lacks
// something, and one that it never survives. All that come behind them are delivered while these are still under way, since
// a delivery may take longer here than the test.
func TestPoisonHoldsUpNoOthers(t *testing.T) {
	const poison, others = 4, 100
	onEvery(t, func(t *testing.T, busURL string, to func(*receiver) config.Values) {
		hangs := make(chan struct{})
		r := newReceiver(t, func(e received) outcome {
			switch e.event.ID() {
			case "1":
				<-hangs
			case "2":
				return failed
			case "3":
				return lacking
			case "4":
				return lost
			}
			return done
		})
		started(t, busURL, to(r).With(config.Values{"BUS_ACK_WAIT": "1h"}))
		t.Cleanup(func() { close(hangs) })
		b := newBus(t, busURL)
		for id := range int32(poison) {
			publish(t, b, "tickets.created", ticket(t, event.TicketCreated, id+1))
		}
		equals(t, "events under way", poison, r.different)
		for id := range int32(others) {
			publish(t, b, "tickets.created", ticket(t, event.TicketCreated, poison+id+1))
		}
		equals(t, "events received", poison+others, r.different)
	})
}
