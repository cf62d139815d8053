package postgres

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
)

// cut comes when so many bytes more have passed in one direction.
type cut struct {
	mu     sync.Mutex
	armed  bool
	left   int
	giveUp func() // nil: the connection breaks
}

func (c *cut) arm(left int, giveUp func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.armed, c.left, c.giveUp = true, left, giveUp
}

// disarm reports whether the cut has come.
func (c *cut) disarm() (came bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	came, c.armed = !c.armed, false
	return came
}

// pass returns how many of the next n bytes arrive, and whether the connection breaks behind them.
func (c *cut) pass(n int) (arrive int, breaks bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.armed || n <= c.left {
		c.left -= n
		return n, false
	}
	c.armed = false
	if c.giveUp == nil {
		return c.left, true
	}
	c.giveUp()
	return n, false
}

// cutting is a connection with cuts.
type cutting struct {
	net.Conn
	sent, received *cut
}

func (c cutting) Write(p []byte) (int, error) {
	n, breaks := c.sent.pass(len(p))
	n, err := c.Conn.Write(p[:n])
	if breaks {
		return n, errors.Join(err, c.Close(), net.ErrClosed)
	}
	return n, err
}

func (c cutting) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	n, breaks := c.received.pass(n)
	if breaks {
		return n, errors.Join(err, c.Close(), net.ErrClosed)
	}
	return n, err
}

// Wherever in a change the connection breaks, or who waits for it gives up, the event is there if the change is, nothing is left open, and
// the next change works.
func TestCutAnywhere(t *testing.T) {
	t.Parallel()
	for name, gives := range map[string]bool{"the connection breaks": false, "who waits gives up": true} {
		for direction, at := range map[string]func(c cutting) *cut{
			"what is sent":     func(c cutting) *cut { return c.sent },
			"what is received": func(c cutting) *cut { return c.received },
		} {
			t.Run(name+" in "+direction, func(t *testing.T) {
				t.Parallel()
				url := pgtest.Database(t)
				admin, db := open(t, url), closed(t, url)
				cuts := cutting{sent: new(cut), received: new(cut)}
				config := db.pool.Config()
				config.MaxConns = 1
				dial := config.ConnConfig.DialFunc
				config.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
					conn, err := dial(ctx, network, address)
					return cutting{conn, cuts.sent, cuts.received}, err
				}
				var err error
				db.pool, err = pgxpool.NewWithConfig(t.Context(), config)
				must(t, err)
				db.outbox.relayed.Store(true) // it sends no notifications on that connection
				change := func(ctx context.Context, id int) error {
					return failed(db.ChangeInTurn(ctx, int32(1), func(tx Tx) (event.Draft, error) { return put(ctx, tx, id) }))
				}
				lost := int64(0) // answers
				for id, n := 0, 0; ; id, n = id+2, n+5 {
					ctx, cancel := context.WithTimeout(t.Context(), soon)
					must(t, change(ctx, id)) // its statements are prepared now
					c, giveUp := at(cuts), func() { cancel() }
					if !gives {
						giveUp = nil
					}
					c.arm(n, giveUp)
					err := change(ctx, id+1)
					came := c.disarm()
					cancel()
					eventually(t, admin, 0, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`)
					stored := number(t, admin, `SELECT count(*) FROM things WHERE id = $1`, id+1)
					events := number(t, admin, `SELECT count(*) FROM outbox WHERE subject = $1`, draft(id+1).Subject)
					if stored != events || err == nil && stored != 1 || err != nil && !unavailable(err) {
						t.Fatalf("behind %d bytes: %d stored, %d events, %v", n, stored, events, err)
					}
					if err != nil {
						lost += stored
					}
					if !came {
						break
					}
				}
				if lost == 0 && !gives && direction == "what is received" {
					t.Error("no answer of a commit was lost")
				}
			})
		}
	}
}
