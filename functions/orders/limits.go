package orders

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/postgres"
)

// LimitSettings are what one user may do, so that no one keeps tickets from others without paying.
type LimitSettings struct {
	MaxOpen  int `env:"MAX_OPEN_ORDERS" envDefault:"50"`      // open orders of one user
	MaxHolds int `env:"MAX_HOLDS_PER_TICKET" envDefault:"3"`  // orders of one ticket that one user may give back, or let expire, within 24 hours
	PerHour  int `env:"MAX_ORDERS_PER_HOUR" envDefault:"100"` // orders that one user may place within an hour
}

func (l LimitSettings) validate() error {
	if min(l.MaxOpen, l.MaxHolds, l.PerHour) < 1 {
		return errors.New("MAX_OPEN_ORDERS, MAX_HOLDS_PER_TICKET and MAX_ORDERS_PER_HOUR must be at least 1")
	}
	return nil
}

// allow returns nil if the buyer, whose turn it is, may place one more order. The ticket is locked and free, so that none of its
// orders is being given back meanwhile.
//
// Each limit is asked for the last order that it allows: there is none, or it is old enough. It costs as many entries
// of an index as the limit is high.
//
// Errors: ErrTooManyOpen, ErrTooManyOrders, ErrTooManyHolds; each says when to try again.
func (l LimitSettings) allow(ctx context.Context, tx postgres.Tx, o Order, now time.Time) error {
	type waits struct{ Open, Orders, Holds *float64 } // seconds; nil: below the limit
	w, err := postgres.One(ctx, tx, pgx.RowToStructByPos[waits], `SELECT
		(SELECT greatest(1, extract(epoch FROM expires_at - $6::timestamptz))::float8 FROM orders
			WHERE user_id = $1 AND status = 'created' ORDER BY expires_at DESC OFFSET $3 - 1 LIMIT 1),
		(SELECT extract(epoch FROM created_at + interval '1 hour' - now())::float8 FROM orders
			WHERE user_id = $1 ORDER BY id DESC OFFSET $4 - 1 LIMIT 1),
		(SELECT extract(epoch FROM created_at + interval '24 hours' - now())::float8 FROM orders
			WHERE user_id = $1 AND ticket_id = $2 AND status = 'cancelled' ORDER BY id DESC OFFSET $5 - 1 LIMIT 1)`,
		o.UserID, o.TicketID, l.MaxOpen, l.PerHour, l.MaxHolds, now)
	if err != nil {
		return err
	}
	for _, limit := range []struct {
		wait    *float64
		refusal *apierror.Error
	}{{w.Open, ErrTooManyOpen}, {w.Orders, ErrTooManyOrders}, {w.Holds, ErrTooManyHolds}} {
		if limit.wait != nil && *limit.wait > 0 {
			return limit.refusal.After(time.Duration(*limit.wait * float64(time.Second)))
		}
	}
	return nil
}
