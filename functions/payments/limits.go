package payments

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/postgres"
)

// LimitSettings make it slow to try out cards. An attempt is refused when the card was declined, or when its second step
// was not done.
type LimitSettings struct {
	PerOrder int           `env:"MAX_DECLINES_PER_ORDER" envDefault:"3"` // refused attempts to pay one order within 24 hours, before pauses begin
	PerUser  int           `env:"MAX_DECLINES_PER_USER" envDefault:"5"`  // refused attempts of one user within 24 hours, before pauses begin; also attempts at the same time
	Pause    time.Duration `env:"DECLINE_PAUSE" envDefault:"1m"`         // the first pause; each further refused attempt doubles it, up to 24 hours
}

const declinesCount = 24 * time.Hour // for as long as this

func (l LimitSettings) validate() error {
	if min(l.PerOrder, l.PerUser) < 1 || l.Pause <= 0 || l.Pause > declinesCount {
		return errors.New("MAX_DECLINES_PER_ORDER and MAX_DECLINES_PER_USER must be at least 1, DECLINE_PAUSE above 0 and at most 24h")
	}
	return nil
}

// refusals are the refused attempts within the last 24 hours.
type refusals struct {
	Count int
	Last  *time.Time
}

// rest returns how long the next attempt has to wait, after more refusals than are free.
func (r refusals) rest(free int, first time.Duration, now time.Time) time.Duration {
	if r.Count < free || r.Last == nil {
		return 0
	}
	pause := declinesCount
	if doubled := r.Count - free; doubled < 16 {
		pause = min(first<<doubled, declinesCount)
	}
	return r.Last.Add(pause).Sub(now)
}

// allow returns nil if the buyer, whose turn it is, may try to pay the order. Attempts under way count as if they were refused,
// so that many at once are no way around the pauses.
//
// Errors: ErrTooManyAttempts, with the time until the next one.
func (l LimitSettings) allow(ctx context.Context, tx postgres.Tx, o Order, now time.Time) error {
	counted, err := postgres.All(ctx, tx, pgx.RowToStructByPos[refusals], `
		SELECT count(*), max(refused_at) FROM payments WHERE order_id = $1 AND refused_at > $3
		UNION ALL SELECT count(*), max(refused_at) FROM payments WHERE user_id = $2 AND refused_at > $3
		UNION ALL SELECT count(*), NULL FROM payments WHERE user_id = $2 AND status = 'pending' AND NOT needs_action`,
		o.ID, o.UserID, now.Add(-declinesCount))
	if err != nil {
		return err
	}
	ofOrder, ofUser, underWay := counted[0], counted[1], counted[2].Count
	rest := max(ofOrder.rest(l.PerOrder, l.Pause, now), ofUser.rest(l.PerUser, l.Pause, now))
	if rest > 0 || underWay >= max(l.PerUser-ofUser.Count, 1) {
		return ErrTooManyAttempts.After(rest)
	}
	return nil
}
