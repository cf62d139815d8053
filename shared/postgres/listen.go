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

// wakeup is how an outbox learns of new events: of those of its own process by a channel, of those of others by notifications.
type wakeup struct {
	poll  time.Duration // how long Wait waits at most
	pause atomic.Int64  // of the next poll, in ns
	woken chan struct{} // holds a token while there may be events that were not looked for

	mu     sync.Mutex
	listen *listener // nil while there is none
}

// Wait returns when a change of this process has stored an event, at a notification, after a second, or when ctx ends. Behind a
// pooler, where no notification comes, it polls for the events of others: soon after there were some, and then ever less often.
func (o *Outbox) Wait(ctx context.Context) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	pause := o.poll
	var broken <-chan error
	if o.db.directWay.pooled.Load() {
		pause = min(max(time.Duration(o.pause.Load()), shortPoll), o.poll)
		o.pause.Store(int64(2 * pause))
	} else {
		if o.listen == nil { // events stored before LISTEN sent no notification here
			return o.begin(ctx)
		}
		broken = o.listen.broken
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-o.woken:
	case <-timer.C:
	case err := <-broken:
		o.stopListening()
		return apierror.Unavailable(err)
	case <-ctx.Done():
		o.stopListening()
		return apierror.Unavailable(ctx.Err())
	}
	return nil
}

// begin listens from now on, unless a pooler is in between.
func (o *Outbox) begin(ctx context.Context) error {
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
	o.listen = listen(conn, o.wake)
	return nil
}

// pollSoon makes the next poll a short one.
func (w *wakeup) pollSoon() { w.pause.Store(0) }

// wake ends a Wait, or the next one.
func (w *wakeup) wake() {
	select {
	case w.woken <- struct{}{}:
	default:
	}
}

// clearWake forgets a wake, since its events are looked for now.
func (w *wakeup) clearWake() {
	select {
	case <-w.woken:
	default:
	}
}

func (w *wakeup) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopListening()
}

func (w *wakeup) stopListening() {
	if w.listen != nil {
		w.listen.close()
		w.listen = nil
	}
}

// listener is a connection that receives notifications.
type listener struct {
	conn   *pgx.Conn
	broken chan error // receives why it receives no more; then it is closed
	stop   context.CancelFunc
}

// listen calls wake at each notification, until close.
func listen(conn *pgx.Conn, wake func()) *listener {
	ctx, stop := context.WithCancel(context.Background())
	l := &listener{conn, make(chan error, 1), stop}
	go func() {
		defer close(l.broken)
		for {
			if _, err := conn.WaitForNotification(ctx); err != nil {
				l.broken <- err
				return
			}
			wake()
		}
	}()
	return l
}

func (l *listener) close() {
	l.stop()
	for range l.broken { // until it is closed
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = l.conn.Close(ctx) // it is broken, or no longer needed
}
