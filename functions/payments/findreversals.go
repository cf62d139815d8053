package payments

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
)

const (
	eventsAtOnce  = 24 * time.Hour  // of Stripe's events are asked for in one run
	eventsOverlap = 2 * time.Minute // of which were asked for before: an event may be listed late
	refusedPause  = time.Hour       // until Stripe is asked again for what it refused to tell
)

// FindReversals asks Stripe which refunds and disputes have changed since it asked last, and brings their payments to where
// they stand: what the webhook missed, or for whoever has none. One process asks at a time; all of them look after the payments.
//
// Errors: apierror.Unavailable; what was not found is asked for again, and what Stripe refuses to tell is, in an hour.
func (p *Payments) FindReversals(ctx context.Context) error {
	err := p.askForEvents(ctx)
	now, unknown := databaseNow(ctx, p.db)
	if unknown != nil {
		return errors.Join(err, unknown)
	}
	return errors.Join(err, p.manyAtOnce(ctx, func(ctx context.Context) (bool, error) {
		intentID, claimed, err := claimReversed(ctx, p.db, now)
		if err != nil {
			return false, postgres.NoRows(err, nil)
		}
		_, err = p.moved(ctx, intentID, true)
		var again *time.Time
		switch {
		case errors.Is(err, ErrRefused):
			function.Log(ctx).WarnContext(ctx, "Stripe refuses to tell of a payment's refunds", "intent", intentID, "error", err)
			later := now.Add(refusedPause)
			again = &later
		case err != nil:
			return true, err
		}
		_, err = p.db.Exec(ctx, `UPDATE payments SET ask_at = $3 WHERE intent_id = $1 AND ask_at = $2`, intentID, claimed, again)
		return true, err
	}))
}

// askForEvents notes which payments are to be looked after, unless another process is at it.
func (p *Payments) askForEvents(ctx context.Context) error {
	from, to, err := claimEvents(ctx, p.db)
	if err != nil {
		return postgres.NoRows(err, nil)
	}
	changed, err := p.gateway.ReversedBetween(ctx, from.Add(-eventsOverlap), to)
	if err != nil {
		return translate(err)
	}
	// The lease ends with its work. The column's milliseconds would round the present up.
	_, err = p.db.Exec(ctx, `
		WITH asked AS (UPDATE stripe_events SET asked_until = greatest(asked_until, $1), leased_until = '-infinity')
		UPDATE payments SET ask_at = $1 WHERE intent_id = ANY ($2) AND intent_id <> ''`, to, changed)
	return err
}

// claimReversed returns the payment that was to be asked for longest ago, at t or before, and when it is asked for again
// if this one comes to nothing: in a minute. Errors: pgx.ErrNoRows.
func claimReversed(ctx context.Context, q postgres.Querier, t time.Time) (intentID string, again time.Time, err error) {
	_, err = postgres.One(ctx, q, func(row pgx.CollectableRow) (any, error) { return nil, row.Scan(&intentID, &again) }, `
		UPDATE payments SET ask_at = clock_timestamp() + interval '1 minute' WHERE id = (
			SELECT id FROM payments WHERE ask_at <= $1 ORDER BY ask_at LIMIT 1 FOR UPDATE SKIP LOCKED)
		RETURNING intent_id, ask_at`, t)
	return intentID, again, err
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
