package notifications

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
)

// transaction runs fn in a transaction that announces nothing. Where it handles an event that an operator has replayed, the mails of that event
// that were given up wait again.
func (n *Notifications) transaction(ctx context.Context, fn func(postgres.Tx) error) error {
	_, err := n.db.Change(ctx, func(tx postgres.Tx) (event.Draft, error) {
		if err := n.revive(ctx, tx); err != nil {
			return event.Draft{}, err
		}
		return event.Draft{}, fn(tx)
	})
	return err
}

func (n *Notifications) revive(ctx context.Context, tx postgres.Tx) error {
	if h, _ := function.Handling(ctx); !h.Replayed {
		return nil
	}
	consumer, cause, err := handled(ctx)
	if err != nil {
		return err
	}
	now := n.now()
	_, err = tx.Exec(ctx, reviveMails+` WHERE state = 'dead' AND channel = 'mail' AND consumer = $3 AND event = $4`, now, now.Add(n.channels[mailChannel].retryFor), consumer, cause)
	return err
}

const reviveMails = `UPDATE deliveries SET state = 'waiting', due_at = $1, until = $2, attempts = 0, reason = '', ended_at = NULL`

// resend lets the mail of a dead letter wait again, where no event has caused it. Errors: that it is not kept any more.
func (n *Notifications) resend(ctx context.Context, l function.DeadLetter) error {
	now := n.now()
	tag, err := n.db.Exec(ctx, reviveMails+` WHERE id = (SELECT id FROM deliveries
		WHERE state = 'dead' AND channel = 'mail' AND consumer = $3 AND event = '' AND kind || ' to ' || target || ': ' || reason = $4 ORDER BY id LIMIT 1)`,
		now, now.Add(n.channels[mailChannel].retryFor), l.Function, l.Reason)
	if err == nil && tag.RowsAffected() == 0 {
		err = errors.New("the mail is not kept any more")
	}
	return err
}

// handled is the consumer and the event that ctx belongs to, as JSON.
func handled(ctx context.Context) (consumer string, cause []byte, err error) {
	h, ok := function.Handling(ctx)
	if !ok {
		return "", nil, errors.New("notifications: a message of no event")
	}
	cause, err = json.Marshal(h.Event)
	return h.Consumer, cause, err
}

// queue stores a message of the event that ctx belongs to, unless one with its key was. If it is no news, nothing is stored: an event may come
// again long after its message was sent and forgotten.
func (n *Notifications) queue(ctx context.Context, tx postgres.Tx, m message, news bool) error {
	if !news {
		return nil
	}
	data, err := json.Marshal(m.Data)
	if err != nil {
		return err
	}
	consumer, cause, err := handled(ctx)
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
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (key) DO NOTHING`,
		m.Channel, m.Target, m.Kind, m.Key, data, consumer, cause, due, due.Add(n.channels[m.Channel].retryFor), now)
	return err
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

// postpone lets a delivery wait for its next attempt.
func postpone(ctx context.Context, q postgres.Querier, d delivery, at time.Time, reason string) error {
	_, err := q.Exec(ctx, `UPDATE deliveries SET due_at = $3, reason = $4, leased_until = NULL WHERE id = $1 AND state = 'waiting' AND attempts = $2`, d.ID, d.Attempts, at, reason)
	return err
}

// isNone reports whether there was no such row.
func isNone(err error) bool { return errors.Is(err, pgx.ErrNoRows) }

// text is what PostgreSQL takes, cut to a length that a list can show.
func text(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	if r := []rune(s); len(r) > 500 {
		s = string(r[:500]) + "…"
	}
	return s
}
