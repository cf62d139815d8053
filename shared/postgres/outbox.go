package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/outbox"
)

// Retention is how long sent events are kept, to be sent again. It is longer than any bus keeps them.
const Retention = 14 * 24 * time.Hour

// queue signs the event and adds its insertion to what b sends. Afterwards seq is its position.
func (o *Outbox) queue(b *pgx.Batch, d event.Draft, seq *int64) error {
	if err := o.signatures.Sign(&d); err != nil {
		return err
	}
	b.Queue(`
		INSERT INTO outbox (type, subject, data, traceparent, event_id, signature) VALUES ($1, $2, $3, $4, $5, NULLIF($6, '')) RETURNING seq`,
		d.Type, d.Subject, d.Data, d.TraceParent, d.ID, d.Signature).QueryRow(func(row pgx.Row) error { return row.Scan(seq) })
	return nil
}

// Outbox is the outbox.Source in the table outbox. It needs only the rights to read and update that table.
type Outbox struct {
	db *DB
	wakeup
	notifier   notifier
	relayed    atomic.Bool      // by this process
	signatures event.Signatures // none where another process than the service relays
}

var (
	_ outbox.Source   = (*Outbox)(nil)
	_ outbox.Replayer = (*Outbox)(nil)
	_ outbox.Signer   = (*Outbox)(nil)
	_ outbox.Notifier = (*Outbox)(nil)
	_ outbox.Teller   = (*Outbox)(nil)
)

// SignWith has events signed when they are stored. It is called before the outbox is used.
func (o *Outbox) SignWith(s event.Signatures) { o.signatures = s }

// Outbox returns the database's outbox. One relay may use it: only one Wait listens at a time.
func (db *DB) Outbox() *Outbox { return db.outbox }

// stored lets those know who relay that an event is committed.
func (o *Outbox) stored() {
	if o.relayed.Load() {
		o.wake()
	} else {
		o.notifier.notify()
	}
}

// Unsent implements outbox.Teller. Before the first Relay it is not known, and not said.
func (o *Outbox) Unsent() bool { return len(o.woken) > 0 }

// Notified implements outbox.Notifier.
func (o *Outbox) Notified(ctx context.Context) { o.notifier.wait(ctx) }

// relaySettings are those of a relay's transactions. Marks need not survive a crash of the server: without them the events are sent again. A
// statement that was planned while the table was empty would read all of it for ever, or until it is analyzed.
const relaySettings = `SELECT set_config('synchronous_commit', 'off', true), set_config('enable_seqscan', 'off', true)`

// Relay locks the claimed rows while send runs, so that a crash frees them at once. It claims rows that are unsent
// and unlocked, never those "greater than the last": positions are given out before commit, so a smaller one may
// appear later.
func (o *Outbox) Relay(ctx context.Context, limit int, send outbox.Send) (int, error) {
	o.relayed.Store(true)
	o.clearWake() // what was stored so far is claimed now
	var rows []row
	var failed error
	err := o.db.pipelined(ctx, func(b *pgx.Batch) {
		b.Queue(relaySettings)
		b.Queue(`SELECT `+rowColumns+` FROM outbox WHERE sent_at IS NULL ORDER BY seq LIMIT $1 FOR UPDATE SKIP LOCKED`, limit).Query(func(found pgx.Rows) (err error) {
			rows, err = pgx.CollectRows(found, scanRow)
			return err
		})
	}, func(_ Tx, last *pgx.Batch) error {
		if len(rows) == 0 {
			return nil
		}
		o.pollSoon()
		events := make([]event.Event, len(rows))
		for i, r := range rows {
			if r.Signature == "" {
				if err := o.signatures.Sign(&r.Draft); err != nil {
					return err
				}
			}
			events[i] = r.At(r.seq, r.at)
		}
		sent := make([]int64, 0, len(events))
		for i, err := range send(ctx, events) {
			if err != nil {
				failed = errors.Join(failed, err)
				continue
			}
			sent = append(sent, rows[i].seq)
		}
		last.Queue(`UPDATE outbox SET sent_at = clock_timestamp() WHERE seq = ANY ($1)`, sent)
		return nil
	})
	if err != nil {
		return len(rows), classify(err)
	}
	if failed != nil {
		return len(rows), fmt.Errorf("postgres: outbox: %w", failed)
	}
	return len(rows), nil
}

// row is an event as it is stored.
type row struct {
	event.Draft
	seq int64
	at  time.Time
}

const rowColumns = `seq, type, subject, data, traceparent, created_at, COALESCE(event_id, seq::text), COALESCE(signature, '')`

func scanRow(from pgx.CollectableRow) (r row, err error) {
	err = from.Scan(&r.seq, &r.Type, &r.Subject, &r.Data, &r.TraceParent, &r.at, &r.ID, &r.Signature)
	return r, err
}

// KeysKeptFor is how long the answer to a request with an Idempotency-Key is kept.
const KeysKeptFor = 24 * time.Hour

// SweepOutbox deletes events that were sent more than 14 days ago, and the answers to requests with an Idempotency-Key that are older than a day.
func (db *DB) SweepOutbox(ctx context.Context) error {
	if err := db.sweep(ctx, `DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox WHERE sent_at < $1 LIMIT 1000)`, Retention); err != nil {
		return err
	}
	return db.sweep(ctx, `DELETE FROM idempotency_keys WHERE (user_id, key) IN (
		SELECT user_id, key FROM idempotency_keys WHERE created_at < $1 LIMIT 1000)`, KeysKeptFor)
}

// sweep deletes what is older, a thousand at a time.
func (db *DB) sweep(ctx context.Context, sql string, age time.Duration) error {
	for {
		tag, err := db.Exec(ctx, sql, time.Now().Add(-age))
		if err != nil || tag.RowsAffected() < 1000 {
			return err
		}
	}
}

// Replay marks as unsent the events that were stored at or after since and before until, and returns how many they are. They are
// signed by the key that signs now, for relays that have none.
func (o *Outbox) Replay(ctx context.Context, since, until time.Time) (int64, error) {
	var n int64
	since = since.Truncate(time.Millisecond) // as exact as created_at is
	var end *time.Time
	if !until.IsZero() {
		end = &until
	}
	err := pgx.BeginFunc(ctx, o.db.pool, func(tx Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL statement_timeout = 0`); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `UPDATE outbox SET sent_at = NULL WHERE created_at >= $1 AND ($2::timestamptz IS NULL OR created_at < $2) AND sent_at IS NOT NULL`, since, end)
		n = tag.RowsAffected()
		if err != nil {
			return err
		}
		return o.signUnsent(ctx, tx)
	})
	return n, classify(err)
}

// ReplaySince is Replay until now.
func (o *Outbox) ReplaySince(ctx context.Context, since time.Time) (int64, error) {
	return o.Replay(ctx, since, time.Time{})
}

// signUnsent signs what waits and is not signed by the key that signs now: what was stored before events were signed, or before their key was
// changed, whose consumers may have forgotten the old one.
func (o *Outbox) signUnsent(ctx context.Context, tx Tx) error {
	for last := int64(-1); len(o.signatures.Keys) > 0; {
		rows, err := All(ctx, tx, scanRow, `SELECT `+rowColumns+` FROM outbox WHERE sent_at IS NULL AND seq > $1 ORDER BY seq LIMIT 1000`, last)
		if err != nil || len(rows) == 0 {
			return err
		}
		var seqs []int64
		var ids, signatures []string
		for _, r := range rows {
			last = r.seq
			before := r.Signature
			if err := o.signatures.Sign(&r.Draft); err != nil {
				return err
			}
			if r.Signature != before {
				seqs, ids, signatures = append(seqs, r.seq), append(ids, r.ID), append(signatures, r.Signature)
			}
		}
		if _, err := tx.Exec(ctx, `UPDATE outbox SET event_id = new.id, signature = new.signature
			FROM unnest($1::bigint[], $2::text[], $3::text[]) AS new (seq, id, signature) WHERE outbox.seq = new.seq`, seqs, ids, signatures); err != nil {
			return err
		}
	}
	return nil
}
