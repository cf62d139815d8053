package chaos

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gittix/ticketing/adapters/systemtest"
)

// orderLife is what the orders service has stored of an order, in the clock of PostgreSQL.
type orderLife struct {
	ID, TicketID int32
	Status       string
	CreatedAt    time.Time
	ExpiresAt    time.Time
	KeptUntil    time.Time  // for a payment, which may fail before
	CancelledAt  *time.Time // or a little before: when the transaction began
}

// lives are those of all orders.
func lives(ctx context.Context, orders *pgxpool.Pool) ([]orderLife, error) {
	rows, err := orders.Query(ctx, `
		SELECT id, ticket_id, status, created_at, expires_at, greatest(expires_at, held_until), cancelled
		FROM orders LEFT JOIN (
			SELECT (data->>'id')::int AS id, min((data->>'updatedAt')::timestamptz) AS cancelled FROM outbox
			WHERE data->>'status' = 'cancelled' GROUP BY 1) ends USING (id)
		ORDER BY id`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[orderLife])
}

// ending is a step that no client sees: the order holds its ticket no more.
const ending = "ending"

// linearizable returns nil if what clients saw of each ticket could have happened one after the other, each step at a moment between
// the question and its answer: a ticket is free, or one order holds it.
func linearizable(seen []systemtest.Seen, orders []orderLife) error {
	confirmed := map[int32]bool{}
	byTicket := map[int32][]porcupine.Operation{}
	add := func(s systemtest.Seen) {
		byTicket[s.Ticket] = append(byTicket[s.Ticket], porcupine.Operation{
			ClientId: len(byTicket[s.Ticket]), Input: s, Call: s.Asked.UnixMicro(), Return: s.Answered.UnixMicro(),
		})
	}
	for _, s := range seen {
		if s.What == systemtest.GivenBack {
			continue
		}
		confirmed[s.Order] = confirmed[s.Order] || s.What == systemtest.Placed
		add(s)
	}
	some := time.UnixMicro(math.MaxInt64) // it is not known how late
	for _, o := range orders {
		if !confirmed[o.ID] { // the answer was lost
			add(systemtest.Seen{What: systemtest.Placed, Ticket: o.TicketID, Order: o.ID, Asked: o.CreatedAt.Add(-time.Millisecond), Answered: some})
		}
		if o.CancelledAt != nil {
			add(systemtest.Seen{What: ending, Ticket: o.TicketID, Order: o.ID, Asked: o.CancelledAt.Add(-time.Millisecond), Answered: some})
		}
	}
	for ticket, history := range byTicket {
		if result := porcupine.CheckOperationsTimeout(reservation, history, time.Minute); result != porcupine.Ok {
			slices.SortFunc(history, func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) })
			var b strings.Builder
			for _, o := range history {
				s := o.Input.(systemtest.Seen)
				fmt.Fprintf(&b, "\n%s to %s: %s %d", s.Asked.Format("05.000000"), s.Answered.Format("05.000000"), s.What, s.Order)
			}
			return fmt.Errorf("the history of ticket %d is %s:%s", ticket, result, b.String())
		}
	}
	return nil
}

// reservation is a ticket. Its state is the order that holds it, or 0.
var reservation = porcupine.Model{
	Init: func() any { return int32(0) },
	Step: func(state, input, _ any) (bool, any) {
		holder, s := state.(int32), input.(systemtest.Seen)
		switch s.What {
		case systemtest.Placed:
			return holder == 0, s.Order
		case systemtest.Taken:
			return holder != 0, holder
		case systemtest.Open:
			return holder == s.Order, holder
		case systemtest.Ended:
			return holder != s.Order, holder
		case ending:
			return holder == s.Order, int32(0)
		}
		panic(fmt.Sprint("unknown: ", s.What))
	},
}

// TestOversellIsSeen: the check of histories finds a ticket that two orders held at once, and nothing wrong with one that was
// given back between them.
func TestOversellIsSeen(t *testing.T) {
	t.Parallel()
	at := func(seconds int) time.Time { return time.Unix(int64(seconds), 0) }
	placed := func(order int32, from, to int) systemtest.Seen {
		return systemtest.Seen{What: systemtest.Placed, Ticket: 1, Order: order, Asked: at(from), Answered: at(to)}
	}
	cancelled := func(order int32, when int) orderLife {
		ended := at(when)
		return orderLife{ID: order, TicketID: 1, CreatedAt: at(0), CancelledAt: &ended}
	}
	sold := func(order int32) orderLife { return orderLife{ID: order, TicketID: 1, CreatedAt: at(0)} }
	taken := systemtest.Seen{What: systemtest.Taken, Ticket: 1, Asked: at(6), Answered: at(7)}
	for name, c := range map[string]struct {
		seen   []systemtest.Seen
		orders []orderLife
		legal  bool
	}{
		"given back between":         {[]systemtest.Seen{placed(1, 1, 2), placed(2, 4, 5)}, []orderLife{cancelled(1, 3), sold(2)}, true},
		"while it was given back":    {[]systemtest.Seen{placed(1, 1, 2), placed(2, 2, 5)}, []orderLife{cancelled(1, 3), sold(2)}, true},
		"both sold":                  {[]systemtest.Seen{placed(1, 1, 2), placed(2, 1, 2)}, []orderLife{sold(1), sold(2)}, false},
		"given back too late":        {[]systemtest.Seen{placed(1, 1, 2), placed(2, 2, 3)}, []orderLife{cancelled(1, 4), sold(2)}, false},
		"the answer to one was lost": {[]systemtest.Seen{placed(1, 1, 2)}, []orderLife{sold(1), sold(2)}, false},
		"refused, and who had it may have given it back since": {[]systemtest.Seen{placed(1, 1, 2), taken}, []orderLife{cancelled(1, 3)}, true},
		"refused before anybody came":                          {[]systemtest.Seen{taken, placed(1, 8, 9)}, []orderLife{sold(1)}, false},
	} {
		if err := linearizable(c.seen, c.orders); (err == nil) != c.legal {
			t.Errorf("%s: %v, want legal = %v", name, err, c.legal)
		}
	}
}
