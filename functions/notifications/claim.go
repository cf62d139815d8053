package notifications

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
)

// perUser is how many of one user's webhooks are called at once.
const perUser = 2

const claimNext = `
	WITH next AS (
		SELECT id, leased_until FROM deliveries WHERE channel = $1 AND state = 'waiting' AND due_at <= $2 AND (leased_until IS NULL OR leased_until <= $2)
			AND target NOT IN (SELECT target FROM deliveries WHERE leased_until > $2)
			AND user_id NOT IN (SELECT user_id FROM deliveries WHERE leased_until > $2 AND user_id > 0 GROUP BY user_id HAVING count(*) >= $4)
		ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
	UPDATE deliveries d SET leased_until = $3, attempts = attempts + 1 FROM next WHERE d.id = next.id
	RETURNING d.id, channel, target, kind, key, data, until, attempts, next.leased_until IS NOT NULL`

// claim takes the delivery that is due longest, and whose target has no other under way, until its lease ends. Claims of a channel are one after
// the other, in all processes: only then does each see what the others have taken. Errors: pgx.ErrNoRows.
func (n *Notifications) claim(ctx context.Context, c channel) (d delivery, err error) {
	ctx, cancel := context.WithTimeout(ctx, noteWithin)
	defer cancel()
	_, err = n.db.ChangeInTurn(ctx, "deliveries: "+c.name, func(tx postgres.Tx) (event.Draft, error) {
		now := n.now()
		d, err = postgres.One(ctx, tx, func(row pgx.CollectableRow) (d delivery, err error) {
			return d, row.Scan(&d.ID, &d.Channel, &d.Target, &d.Kind, &d.Key, &d.Data, &d.Until, &d.Attempts, &d.Lost)
		}, claimNext, c.name, now, now.Add(c.lease()), perUser)
		return event.Draft{}, err
	})
	return d, err
}

// nextDue says when the first delivery of a channel is to be tried. One whose attempt may be under way is, when that one's lease ends.
func (n *Notifications) nextDue(channel string) func(context.Context) (time.Time, error) {
	return func(ctx context.Context) (time.Time, error) {
		first, err := postgres.One(ctx, n.db, pgx.RowTo[*time.Time], `
			SELECT min(greatest(due_at, leased_until)) FROM deliveries WHERE channel = $1 AND state = 'waiting'`, channel)
		if err != nil || first == nil {
			return time.Time{}, err
		}
		return *first, nil
	}
}
