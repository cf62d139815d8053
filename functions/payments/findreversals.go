package payments

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/postgres"
)

const (
	eventsAtOnce  = 24 * time.Hour  // of Stripe's events are asked for in one run
	eventsOverlap = 2 * time.Minute // of which were asked for before: an event may be listed late
)

// FindReversals asks Stripe which refunds and disputes have changed since it asked last, and brings their payments to where
// they stand: what the webhook missed, or for whoever has none. One process does so at a time.
//
// Errors: apierror.Unavailable; what was not found is asked for again.
func (p *Payments) FindReversals(ctx context.Context) error {
	from, to, err := claimEvents(ctx, p.db)
	if err != nil {
		return postgres.NoRows(err, nil)
	}
	changed, err := p.gateway.ReversedBetween(ctx, from.Add(-eventsOverlap), to)
	if err != nil {
		return translate(err)
	}
	var mu sync.Mutex
	queue, done := changed, to // the events before which were all looked after
	err = p.manyAtOnce(ctx, func(ctx context.Context) (bool, error) {
		mu.Lock()
		if len(queue) == 0 {
			mu.Unlock()
			return false, nil
		}
		next := queue[0]
		queue = queue[1:]
		mu.Unlock()
		_, err := p.moved(ctx, next.IntentID, true)
		if err != nil {
			mu.Lock()
			done = earlier(done, next.At)
			mu.Unlock()
		}
		return true, err
	})
	if len(queue) > 0 {
		done = earlier(done, queue[0].At)
	}
	// The lease ends with its work. The column's milliseconds would round the present up.
	_, unsaved := p.db.Exec(ctx, `UPDATE stripe_events SET asked_until = greatest(asked_until, $1), leased_until = '-infinity'`, done)
	return errors.Join(err, unsaved)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// claimEvents returns the next time to ask for events of. Errors: pgx.ErrNoRows, if another process asks.
func claimEvents(ctx context.Context, q postgres.Querier) (from, to time.Time, err error) {
	row, err := postgres.One(ctx, q, pgx.RowTo[[]time.Time], `
		UPDATE stripe_events SET leased_until = clock_timestamp() + interval '50 seconds'
		WHERE leased_until <= clock_timestamp() RETURNING ARRAY[asked_until, least(asked_until + $1, clock_timestamp())]`, eventsAtOnce)
	if err != nil {
		return from, to, err
	}
	return row[0], row[1], nil
}
