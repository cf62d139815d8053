package notifications

import (
	"context"
	"time"

	"github.com/gittix/ticketing/shared/postgres"
)

// A webhook is a target that many messages wait for. Once it has failed, they wait together, and the pauses grow with its failures, not
// with those of each message.

// failTarget notes that a call of a webhook has failed, and returns its error with the time until which it is left alone.
func (n *Notifications) failTarget(ctx context.Context, hook calledWebhook, failed error) error {
	now := n.now()
	until := now.Add(pause(hook.failures + 1))
	_, err := n.db.Exec(ctx, `UPDATE webhooks SET failing_since = coalesce(failing_since, $2), failures = $3, paused_until = $4 WHERE id = $1`, hook.ID, now, hook.failures+1, until)
	if err != nil {
		return err
	}
	return paused{failed, until}
}

// holdTarget lets all that waits for the target of a delivery wait until a time; what has been due for too long is given up. With nothing left
// that waits, the next message finds a target of which only failing_since is known. It returns how many messages were given up.
func holdTarget(ctx context.Context, tx postgres.Tx, d delivery, now, until time.Time, reason string) (ended int64, _ error) {
	tag, err := tx.Exec(ctx, `UPDATE deliveries SET state = 'dead', reason = $4, ended_at = $3
		WHERE channel = $1 AND target = $2 AND state = 'waiting' AND until <= $3 AND leased_until IS NULL`, webhookChannel, d.Target, now, reason)
	if err != nil {
		return 0, err
	}
	ended = tag.RowsAffected()
	tag, err = tx.Exec(ctx, `UPDATE deliveries SET due_at = $3 WHERE channel = $1 AND target = $2 AND state = 'waiting' AND due_at < $3`, webhookChannel, d.Target, until)
	if err != nil || tag.RowsAffected() > 0 {
		return ended, err
	}
	id, err := d.id()
	if err != nil {
		return ended, err
	}
	_, err = tx.Exec(ctx, `UPDATE webhooks SET failures = 0, paused_until = NULL
		WHERE id = $1 AND NOT EXISTS (SELECT FROM deliveries WHERE channel = $2 AND target = $3 AND state = 'waiting')`, id, webhookChannel, d.Target)
	return ended, err
}

// freeTarget notes that a webhook works again: what waits for it is sent.
func freeTarget(ctx context.Context, q postgres.Querier, d delivery, id int32, now time.Time) error {
	_, err := q.Exec(ctx, `
		WITH works AS (UPDATE webhooks SET failing_since = NULL, failures = 0, paused_until = NULL WHERE id = $1)
		UPDATE deliveries SET due_at = $4 WHERE channel = $2 AND target = $3 AND state = 'waiting' AND due_at > $4`, id, webhookChannel, d.Target, now)
	return err
}
