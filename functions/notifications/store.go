package notifications

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
)

// queue stores a message of the event that ctx belongs to, unless one with its key was. One that was given up is tried again: the operator
// has replayed its event. If it is no news, that is all: an event may come again long after its message was sent and forgotten.
func (n *Notifications) queue(ctx context.Context, tx postgres.Tx, m message, news bool) error {
	h, ok := function.Handling(ctx)
	if !ok {
		return errors.New("notifications: a message of no event")
	}
	data, err := json.Marshal(m.Data)
	if err != nil {
		return err
	}
	cause, err := json.Marshal(h.Event)
	if err != nil {
		return err
	}
	now := n.now()
	due := m.Due
	if due.Before(now) {
		due = now
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO deliveries (channel, target, kind, key, data, consumer, event, due_at, until, created_at)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 WHERE $11 OR EXISTS (SELECT FROM deliveries WHERE key = $4 AND state = 'dead')
		ON CONFLICT (key) DO UPDATE SET state = 'waiting', due_at = excluded.due_at, until = excluded.until, attempts = 0, reason = '', ended_at = NULL
		WHERE deliveries.state = 'dead'`,
		m.Channel, m.Target, m.Kind, m.Key, data, h.Consumer, cause, due, due.Add(n.channels[m.Channel].retryFor), now, news)
	return err
}

// claim takes the delivery that is due longest, and whose target has no other under way, until the lease ends. Errors: pgx.ErrNoRows.
func claim(ctx context.Context, q postgres.Querier, channel string, now, leasedUntil time.Time) (delivery, error) {
	return postgres.One(ctx, q, func(row pgx.CollectableRow) (d delivery, err error) {
		err = row.Scan(&d.ID, &d.Channel, &d.Target, &d.Kind, &d.Key, &d.Data, &d.Until, &d.Attempts, &d.Created)
		return d, err
	}, `
		UPDATE deliveries SET leased_until = $3, attempts = attempts + 1 WHERE id = (
			SELECT id FROM deliveries d WHERE channel = $1 AND state = 'waiting' AND due_at <= $2 AND (leased_until IS NULL OR leased_until <= $2)
				AND NOT EXISTS (SELECT FROM deliveries o WHERE o.target = d.target AND o.leased_until > $2)
			ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
		RETURNING id, channel, target, kind, key, data, until, attempts, created_at`, channel, now, leasedUntil)
}

// end notes what became of a delivery. That it was sent is noted whoever has tried since.
func end(ctx context.Context, q postgres.Querier, d delivery, s state, reason string, now time.Time) (news bool, err error) {
	tag, err := q.Exec(ctx, `UPDATE deliveries SET state = $3, reason = $4, ended_at = $5, leased_until = NULL
		WHERE id = $1 AND state = 'waiting' AND ($3 = 'sent' OR attempts = $2)`, d.ID, d.Attempts, string(s), reason, now)
	return tag.RowsAffected() == 1, err
}

// giveUp makes a delivery a dead letter: the event that caused it, for the function that asked for it.
func (n *Notifications) giveUp(ctx context.Context, d delivery, reason string) error {
	return n.transaction(ctx, func(tx postgres.Tx) error {
		news, err := end(ctx, tx, d, dead, reason, n.now())
		if err != nil || !news {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO dead_letters (function, event, reason) SELECT consumer, event, $2 FROM deliveries WHERE id = $1`, d.ID, d.Kind+" to "+d.Target+": "+reason)
		return err
	})
}

// postpone lets a delivery wait for its next attempt, and with it, if they are to wait, those to the same target that are due before.
func postpone(ctx context.Context, q postgres.Querier, d delivery, at time.Time, reason string, others bool) error {
	_, err := q.Exec(ctx, `
		WITH failed AS (UPDATE deliveries SET due_at = $3, reason = $4, leased_until = NULL WHERE id = $1 AND state = 'waiting' AND attempts = $2)
		UPDATE deliveries SET due_at = $3 WHERE $5 AND channel = $6 AND target = $7 AND state = 'waiting' AND due_at < $3 AND id <> $1 AND leased_until IS NULL`,
		d.ID, d.Attempts, at, reason, others, d.Channel, d.Target)
	return err
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

// text is what PostgreSQL takes, cut to a length that a list can show.
func text(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	if r := []rune(s); len(r) > 500 {
		s = string(r[:500]) + "…"
	}
	return s
}
