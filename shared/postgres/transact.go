package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gittix/ticketing/shared/event"
)

type statement struct {
	sql      string
	argument any
}

// transact runs fn in one transaction and stores its event. What begins and ends the transaction has no round trip of its own:
// BEGIN goes with the first statements, and COMMIT with the event.
func (db *DB) transact(ctx context.Context, fn func(Tx) (event.Draft, error), first []statement) (seq int64, err error) {
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Release()
	var b pgx.Batch
	b.BeginTx(pgx.TxOptions{})
	b.Queue(lockTimeout)
	for _, s := range first {
		b.Queue(s.sql, s.argument)
	}
	begun := conn.SendBatch(ctx, &b)
	tx := begun.Tx()
	defer func() {
		if err != nil {
			_ = tx.Rollback(ctx) // if that fails, Release ends the connection
		}
	}()
	if err := begun.Close(); err != nil {
		return 0, err
	}
	draft, err := fn(tx)
	if err != nil {
		return 0, err
	}
	if draft.Type == "" {
		return 0, tx.Commit(ctx)
	}
	var last pgx.Batch
	if err := db.outbox.queue(&last, draft, &seq); err != nil {
		return 0, err
	}
	last.Queue(`COMMIT`).Exec(func(tag pgconn.CommandTag) error {
		if tag.String() != "COMMIT" {
			return pgx.ErrTxCommitRollback
		}
		return nil
	})
	err = conn.SendBatch(ctx, &last).Close()
	return seq, err
}
