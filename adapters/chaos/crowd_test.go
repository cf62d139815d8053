package chaos

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/adapters/chaos/shopper"
)

// crowd is people who use a town while things break, and who remember what they were promised: whatever
// was answered 2xx.
type crowd struct {
	town      *town
	transport *http.Transport
	leave     context.CancelFunc
	present   sync.WaitGroup
	lastUser  atomic.Int32
	failures  atomic.Int64 // answers of 500 and above, or none at all
	sales     atomic.Int64 // orders that were paid

	mu        sync.Mutex
	accounts  []*shopper.Shopper
	tickets   []int32
	orders    []int32
	cancelled []int32
	paid      []int32 // orders
}

// enter lets people in. They go on until the crowd is told to go home.
func enter(t *testing.T, w *town, people int) *crowd {
	t.Helper()
	ctx, leave := context.WithCancel(t.Context())
	c := &crowd{town: w, leave: leave, transport: &http.Transport{MaxIdleConnsPerHost: 2 * people}}
	c.lastUser.Store(1_000_000) // far from those who sign up
	for range people {
		c.present.Go(func() {
			for ctx.Err() == nil {
				if err := c.visit(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, errGaveUp) {
					t.Errorf("somebody was told nonsense: %v", err)
					return
				}
			}
		})
	}
	t.Cleanup(c.goHome)
	return c
}

// goHome returns when everybody is gone.
func (c *crowd) goHome() {
	c.leave()
	c.present.Wait()
	c.transport.CloseIdleConnections()
}

// somebody is a new face with a session.
func (c *crowd) somebody() (*shopper.Shopper, error) {
	s, err := shopper.New(c.town.url, c.transport)
	if err != nil {
		return nil, err
	}
	return s, s.Believed(c.town.keys, c.lastUser.Add(1))
}

// promised notes what somebody was promised.
func (c *crowd) promised(note func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	note()
}

// outcome is where an order stands.
type outcome struct {
	id        int32
	cancelled bool
	settled   bool // paid, or the money went back
}

// checkPromises: nothing that was answered 2xx is lost. Everybody must have gone home.
func (c *crowd) checkPromises(t *testing.T) {
	t.Helper()
	books := c.town.books
	rows, err := books.Tickets.Query(t.Context(), `SELECT id FROM tickets`)
	if err != nil {
		t.Fatal(err)
	}
	tickets, err := pgx.CollectRows(rows, pgx.RowTo[int32])
	if err != nil {
		t.Fatal(err)
	}
	rows, err = books.Orders.Query(t.Context(), `SELECT id, status = 'cancelled', status = 'complete' OR refunded_at IS NOT NULL FROM orders`)
	if err != nil {
		t.Fatal(err)
	}
	var orders, cancelled, settled []int32
	var o outcome
	if _, err := pgx.ForEachRow(rows, []any{&o.id, &o.cancelled, &o.settled}, func() error {
		orders = append(orders, o.id)
		if o.cancelled {
			cancelled = append(cancelled, o.id)
		}
		if o.settled {
			settled = append(settled, o.id)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	checkAll(t, "tickets that were offered", c.tickets, tickets)
	checkAll(t, "orders that were placed", c.orders, orders)
	checkAll(t, "orders that were cancelled", c.cancelled, cancelled)
	checkAll(t, "orders that were paid", c.paid, settled)
	for _, account := range c.accounts[:min(len(c.accounts), 50)] {
		if err := account.SignIn(t.Context()); err != nil {
			t.Errorf("somebody who signed up cannot sign in: %v", err)
		}
	}
	t.Logf("%d tickets, %d orders, %d paid, %d cancelled by hand, %d accounts; %d requests failed and were tried again",
		len(c.tickets), len(c.orders), len(c.paid), len(c.cancelled), len(c.accounts), c.failures.Load())
}

// checkAll says which promises are not among what there is.
func checkAll(t *testing.T, what string, promises, there []int32) {
	t.Helper()
	slices.Sort(there)
	var lost []int32
	for _, id := range promises {
		if _, found := slices.BinarySearch(there, id); !found {
			lost = append(lost, id)
		}
	}
	if len(lost) > 0 {
		t.Errorf("%s: %d of %d are lost, such as %d", what, len(lost), len(promises), lost[0])
	}
	if len(promises) == 0 {
		t.Errorf("%s: none, so nothing was shown", what)
	}
}
