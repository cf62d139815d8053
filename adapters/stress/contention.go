package stress

import (
	"context"
	"sync"

	"github.com/gittix/ticketing/adapters/chaos/shopper"
)

// contend lets all buyers at one ticket at a time, and at each at the same moment.
func (r *run) contend(ctx context.Context) {
	phase := r.report.begin("contention")
	defer phase.end()
	defer r.bar.clear()
	var wanted []int32
	for _, o := range r.offers {
		if o.free && len(wanted) < r.Contested {
			wanted = append(wanted, o.ticket.ID)
		}
	}
	for _, ticket := range wanted {
		if ctx.Err() != nil {
			return
		}
		r.rush(ctx, phase, ticket)
		r.bar.advance(phase.Name, len(wanted))
	}
}

// sale is an order of somebody's.
type sale struct {
	buyer *shopper.Shopper
	order int32
}

// rush is one ticket's. Whoever gets it gives it up again when everybody has asked.
func (r *run) rush(ctx context.Context, phase *Phase, ticket int32) {
	var mu sync.Mutex
	var sales []sale
	var crowd sync.WaitGroup
	var unknown bool // an answer was lost, and perhaps a sale with it
	gate := make(chan struct{})
	for _, buyer := range r.buyers[:r.Buyers] {
		crowd.Go(func() {
			<-gate
			var order int32
			err := phase.do(ctx, func() error {
				placed, err := buyer.PlaceOrder(ctx, ticket)
				order = placed.ID
				return err
			}, reserved)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				sales = append(sales, sale{buyer, order})
			}
			unknown = unknown || err != nil && !isRefused(err, reserved)
		})
	}
	close(gate)
	crowd.Wait()
	r.report.contended(ticket, len(sales), unknown)
	for _, s := range sales {
		_ = phase.do(ctx, func() error { _, err := s.buyer.CancelOrder(ctx, s.order); return err }) // the phase keeps it
	}
}
