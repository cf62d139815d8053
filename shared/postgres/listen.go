package postgres

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/apierror"
)

const (
	pollEvery = time.Second           // for events whose notification was lost
	shortPoll = 50 * time.Millisecond // after events, where there are no notifications
)

// ear is how an outbox learns of new events.
type ear struct {
	poll  time.Duration // how long Wait waits at most
	pause atomic.Int64  // of the next poll, in ns
	woken chan struct{} // a change of this process has stored an event

	mu     sync.Mutex
	listen *pgx.Conn // opened by Wait, closed when Wait's ctx ends or the DB is closed
}

// Wait returns at a notification, after a second, or when ctx ends. Behind a pooler, where no notification comes, it
// returns when a change of this process has stored an event, and polls for those of others: soon after there were some, and
// then ever less often.
func (o *Outbox) Wait(ctx context.Context) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.db.directWay.pooled.Load() {
		return o.watch(ctx)
	}
	if o.listen == nil {
		conn, err := pgx.ConnectConfig(ctx, o.db.direct.Config().ConnConfig)
		if err != nil {
			return classify(err)
		}
		if o.db.directWay.pooled.Load() {
			return classify(conn.Close(ctx))
		}
		if _, err := conn.Exec(ctx, `LISTEN outbox`); err != nil {
			return errors.Join(classify(err), conn.Close(ctx))
		}
		o.listen = conn
		return nil // events stored before LISTEN sent no notification here
	}
	poll, cancel := context.WithTimeout(ctx, o.poll)
	defer cancel()
	_, err := o.listen.WaitForNotification(poll)
	if err == nil || poll.Err() != nil && ctx.Err() == nil && !o.listen.IsClosed() {
		return nil
	}
	o.hangUp()
	return apierror.Unavailable(err)
}

func (o *Outbox) watch(ctx context.Context) error {
	pause := min(max(time.Duration(o.pause.Load()), shortPoll), o.poll)
	o.pause.Store(int64(2 * pause))
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-o.woken:
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err()
}

// hurry makes the next poll a short one.
func (e *ear) hurry() { e.pause.Store(0) }

// wake ends a Wait, or the next one.
func (e *ear) wake() {
	select {
	case e.woken <- struct{}{}:
	default:
	}
}

func (e *ear) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.listen != nil {
		e.hangUp()
	}
}

func (e *ear) hangUp() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = e.listen.Close(ctx) // it is broken, or no longer needed
	e.listen = nil
}
