package outbox_test

import (
	"bytes"
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/outbox"
)

// One event to which the broker gives no answer, and one that it refuses, hold up no others.
func TestPoisonHoldsUpNoOthers(t *testing.T) {
	t.Parallel()
	const others = 40
	db, b := open(t, pgtest.Database(t)), &broker{}
	asked, answer := make(chan struct{}), make(chan struct{})
	published := make(chan int64, others)
	stop := run(t, relay(db.Outbox(), func(ctx context.Context, e event.Event) error {
		switch seq := e.Extension("sequence"); seq {
		case "1":
			close(asked) // a second time would panic
			<-answer
			return nil
		case "2":
			return errRefused
		}
		if err := b.publish(ctx, e); err != nil {
			return err
		}
		published <- 1
		return nil
	}))
	for n := range 2 + others {
		if _, err := write(t.Context(), db, true); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			<-asked
		}
	}
	for n := range others {
		select {
		case <-published:
		case <-time.After(soon):
			t.Fatalf("only %d of %d were sent", n, others)
		}
	}
	close(answer)
	stop()
}

// counted is a source that tells when it is asked for a second batch.
type counted struct {
	outbox.Source
	asked  atomic.Int32
	second chan struct{}
}

func (c *counted) Relay(ctx context.Context, limit int, send outbox.Send) (int, error) {
	if c.asked.Add(1) == 2 {
		close(c.second)
	}
	return c.Source.Relay(ctx, limit, send)
}

// What comes of a batch is logged also when others were sent beside it meanwhile.
func TestLateFailureIsLogged(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Database(t))
	if _, err := write(t.Context(), db, true); err != nil {
		t.Fatal(err)
	}
	source := &counted{Source: db.Outbox(), second: make(chan struct{})}
	refused := make(chan struct{}, 100)
	r := relay(source, func(context.Context, event.Event) error {
		<-source.second
		refused <- struct{}{}
		return errRefused
	})
	var log bytes.Buffer
	r.Log = slog.New(slog.NewTextHandler(&log, nil))
	stop := run(t, r)
	<-refused
	stop()
	if !bytes.Contains(log.Bytes(), []byte(errRefused.Error())) {
		t.Errorf("the log: %q", log.String())
	}
}

// failing is a source that fails a few times in either way before it answers.
type failing struct {
	outbox.Source
	relays, waits int // failures left
}

func (f *failing) Relay(ctx context.Context, limit int, send outbox.Send) (int, error) {
	if f.relays > 0 {
		f.relays--
		return 0, errRefused
	}
	return f.Source.Relay(ctx, limit, send)
}

func (f *failing) Wait(ctx context.Context) error {
	if f.waits > 0 {
		f.waits--
		return errRefused
	}
	return f.Source.Wait(ctx)
}

func TestRunOutlivesItsSource(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Database(t))
	published := make(chan struct{}, 10)
	stop := run(t, relay(&failing{Source: db.Outbox(), relays: 2, waits: 2}, func(context.Context, event.Event) error {
		published <- struct{}{}
		return nil
	}))
	for range 3 {
		if _, err := write(t.Context(), db, true); err != nil {
			t.Fatal(err)
		}
		select {
		case <-published:
		case <-time.After(soon):
			t.Fatal("the relay has given up")
		}
	}
	stop()
}
