package postgres

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gittix/ticketing/shared/event"
)

type statement struct {
	sql       string
	arguments []any
	ifNoRow   error // returned if it changes no row; nil: that is no error
}

type statementKey struct{}

// WithStatement returns a context in which every change begins with a statement more: it is committed with the change, or fails it. Where
// it changes no row, the change fails with ifNoRow.
func WithStatement(ctx context.Context, ifNoRow error, sql string, arguments ...any) context.Context {
	return context.WithValue(ctx, statementKey{}, statement{sql, arguments, ifNoRow})
}

// transact runs fn in one transaction, behind the first statements, and stores its events.
func (db *DB) transact(ctx context.Context, fn func(Tx) ([]event.Draft, error), first []statement) (seq int64, err error) {
	err = db.pipelined(ctx, func(b *pgx.Batch) {
		b.Queue(lockTimeout)
		if s, ok := ctx.Value(statementKey{}).(statement); ok {
			first = append(slices.Clip(first), s)
		}
		for _, s := range first {
			b.Queue(s.sql, s.arguments...).Exec(func(tag pgconn.CommandTag) error {
				if tag.RowsAffected() == 0 {
					return s.ifNoRow
				}
				return nil
			})
		}
	}, func(tx Tx, last *pgx.Batch) error {
		drafts, err := fn(tx)
		for _, draft := range drafts {
			if err == nil && draft.Type != "" {
				err = db.outbox.queue(last, draft, &seq)
			}
		}
		return err
	})
	return seq, err
}

// pipelined runs a transaction whose begin and end have no round trip of their own: BEGIN goes with the statements that first queues, and
// COMMIT with those that fn does, if any.
func (db *DB) pipelined(ctx context.Context, first func(*pgx.Batch), fn func(tx Tx, last *pgx.Batch) error) (err error) {
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	var b, last pgx.Batch
	b.BeginTx(pgx.TxOptions{})
	first(&b)
	begun := conn.SendBatch(ctx, &b)
	tx := begun.Tx()
	defer func() {
		if err != nil {
			_ = tx.Rollback(ctx) // if that fails, Release ends the connection
		}
	}()
	if err := begun.Close(); err != nil {
		return err
	}
	if err := fn(tx, &last); err != nil {
		return err
	}
	if last.Len() == 0 {
		return tx.Commit(ctx)
	}
	last.Queue(`COMMIT`).Exec(func(tag pgconn.CommandTag) error {
		if tag.String() != "COMMIT" {
			return pgx.ErrTxCommitRollback
		}
		return nil
	})
	return conn.SendBatch(ctx, &last).Close()
}
