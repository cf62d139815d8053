package payments

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/functions/payments/gateway"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
)

const (
	eventsAtOnce  = 24 * time.Hour   // of Stripe's events are asked for in one run
	pagesWithin   = 10 * time.Second // of a run, pages of events are asked for; the next run goes on
	eventsOverlap = 2 * time.Minute  // of which were asked for before: an event may be listed late
	refusedPause  = time.Hour        // until Stripe is asked again for what it refused to tell
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
		_, err = p.followIntent(ctx, intentID, true)
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

// askForEvents notes which payments are to be looked after, unless another process is at it. Pages that one run cannot read are for the next.
func (p *Payments) askForEvents(ctx context.Context) error {
	l, err := claimEvents(ctx, p.db)
	if err != nil {
		return postgres.NoRows(err, nil)
	}
	for begun := time.Now(); time.Since(begun) < pagesWithin; {
		changed, last, err := p.gateway.ReversedBetween(ctx, l.From.Add(-eventsOverlap), l.Until, l.ReadLast)
		if errors.Is(err, gateway.ErrRefused) { // Stripe may have forgotten the event that was read last
			_, unsaved := p.db.Exec(ctx, `UPDATE stripe_events SET read_last = '' WHERE leased_until = $1`, l.Leased)
			return errors.Join(translate(err), unsaved)
		}
		if err != nil {
			return translate(err)
		}
		l.ReadLast = last
		if err := savePage(ctx, p.db, l, changed); err != nil || last == "" {
			return err
		}
	}
	return nil
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

// listing is of events that Stripe is asked for.
type listing struct {
	From, Until time.Time
	ReadLast    string // the last event of the page that was read last; "": none was
	Leased      time.Time
}

// claimEvents returns the listing to read, one that was begun before if there is one. Errors: pgx.ErrNoRows, if another process asks.
func claimEvents(ctx context.Context, q postgres.Querier) (listing, error) {
	return postgres.One(ctx, q, pgx.RowToStructByPos[listing], `
		UPDATE stripe_events SET leased_until = clock_timestamp() + interval '50 seconds',
			reading_until = CASE read_last WHEN '' THEN least(asked_until + $1, clock_timestamp()) ELSE reading_until END
		WHERE leased_until <= clock_timestamp() RETURNING asked_until, reading_until, read_last, leased_until`, eventsAtOnce)
}

// savePage notes which payments have changed by the page that was read last. The lease ends with the last page.
func savePage(ctx context.Context, q postgres.Querier, l listing, changed []string) error {
	// Not the present: the column's milliseconds may round it up.
	_, err := q.Exec(ctx, `
		WITH page AS (
			UPDATE stripe_events SET read_last = $3, asked_until = CASE $3 WHEN '' THEN greatest(asked_until, $1) ELSE asked_until END,
				leased_until = CASE $3 WHEN '' THEN '-infinity' ELSE leased_until END
			WHERE leased_until = $4)
		UPDATE payments SET ask_at = $1 WHERE intent_id = ANY ($2) AND intent_id <> ''`, l.Until, changed, l.ReadLast, l.Leased)
	return err
}
