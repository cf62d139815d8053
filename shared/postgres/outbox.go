package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/outbox"
)

const retention = 14 * 24 * time.Hour // sent events are kept for a replay as long as this

func insert(ctx context.Context, tx Tx, d event.Draft) (seq int64, err error) {
	err = tx.QueryRow(ctx, `
		WITH stored AS (
			INSERT INTO outbox (type, subject, data, traceparent) VALUES ($1, $2, $3, $4) RETURNING seq)
		SELECT seq FROM stored, pg_notify('outbox', '')`,
		d.Type, d.Subject, d.Data, d.TraceParent).Scan(&seq)
	return seq, err
}

// Outbox is the outbox.Source in the table outbox. It needs only the rights to read and update that table.
type Outbox struct {
	db *DB
	ear
}

var (
	_ outbox.Source   = (*Outbox)(nil)
	_ outbox.Replayer = (*Outbox)(nil)
)

// Outbox returns the database's outbox. One relay may use it: only one Wait listens at a time.
func (db *DB) Outbox() *Outbox { return db.outbox }

// Relay locks the claimed rows while send runs, so that a crash frees them at once. It claims rows that are unsent
// and unlocked, never those "greater than the last": positions are given out before commit, so a smaller one may
// appear later.
func (o *Outbox) Relay(ctx context.Context, limit int, send outbox.Send) (int, error) {
	var claimed int
	var failed error
	err := pgx.BeginFunc(ctx, o.db.pool, func(tx Tx) error {
		events, err := All(ctx, tx, scanEvent, `
			SELECT seq, type, subject, data, traceparent, created_at FROM outbox
			WHERE sent_at IS NULL ORDER BY seq LIMIT $1 FOR UPDATE SKIP LOCKED`, limit)
		if err != nil || len(events) == 0 {
			return err
		}
		claimed = len(events)
		o.hurry()
		sent := make([]string, 0, len(events))
		for i, err := range send(ctx, events) {
			if err != nil {
				failed = errors.Join(failed, err)
				continue
			}
			sent = append(sent, events[i].ID())
		}
		_, err = tx.Exec(ctx, `UPDATE outbox SET sent_at = clock_timestamp() WHERE seq = ANY ($1::text[]::bigint[])`, sent)
		return err
	})
	if err != nil {
		return claimed, classify(err)
	}
	if failed != nil {
		return claimed, fmt.Errorf("postgres: outbox: %w", failed)
	}
	return claimed, nil
}

func scanEvent(row pgx.CollectableRow) (event.Event, error) {
	var d event.Draft
	var seq int64
	var at time.Time
	err := row.Scan(&seq, &d.Type, &d.Subject, &d.Data, &d.TraceParent, &at)
	return d.At(fmt.Sprint(seq), seq, at), err
}

// SweepOutbox deletes events that were sent more than 14 days ago, a thousand at a time.
func (db *DB) SweepOutbox(ctx context.Context) error {
	for {
		tag, err := db.Exec(ctx, `DELETE FROM outbox WHERE seq IN (
			SELECT seq FROM outbox WHERE sent_at < $1 LIMIT 1000)`, time.Now().Add(-retention))
		if err != nil || tag.RowsAffected() < 1000 {
			return err
		}
	}
}

// Replay marks as unsent the events that were stored at or after since, and returns how many they are.
func (o *Outbox) Replay(ctx context.Context, since time.Time) (int64, error) {
	tag, err := o.db.Exec(ctx, `UPDATE outbox SET sent_at = NULL WHERE created_at >= $1 AND sent_at IS NOT NULL`,
		since.Truncate(time.Millisecond)) // as exact as created_at is
	if err != nil {
		return 0, err
	}
	return tag.RowsAffected(), nil
}
