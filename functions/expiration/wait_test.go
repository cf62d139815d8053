package expiration

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/embedded/redistest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/timestamp"
)

func TestWokenByTimeAndByAnEarlierDeadline(t *testing.T) {
	t.Parallel()
	r := startRelay(t, redistest.Server(t).URL())
	follow(t, r.agenda, 99, time.Now().Add(time.Hour))
	for id := range int32(5) { // the first may profit from the start; the others need the message
		follow(t, r.agenda, id+1, time.Now())
		r.await(t, id+1)
	}
	follow(t, r.agenda, 6, time.Now().Add(50*time.Millisecond))
	r.await(t, 6)
}

func TestMessageThatNobodyHeard(t *testing.T) {
	t.Parallel()
	server := redistest.Server(t)
	if !server.Real() {
		t.Skip("miniredis cannot close the connections of subscribers")
	}
	r := startRelay(t, server.URL())
	for id := range int32(5) {
		follow(t, r.agenda, 2*id+1, time.Now())
		r.await(t, 2*id+1)
		_, err := r.agenda.client.TxPipelined(t.Context(), func(p redis.Pipeliner) error {
			p.ClientKillByFilter(t.Context(), "TYPE", "pubsub")
			d := deadline{order: 2*id + 2, expiresAt: timestamp.Of(time.Now())}
			return scheduleScript.Eval(t.Context(), p, []string{wakeKey, deadlineKey},
				d.order, d.expiresAt.UnixMilli(), d.String(), earlierName).Err()
		})
		if err != nil {
			t.Fatal(err)
		}
		r.await(t, 2*id+2)
	}
}

func TestRedisRestartsAndForgets(t *testing.T) {
	t.Parallel()
	server := redistest.Server(t)
	r := startRelay(t, server.URL())
	follow(t, r.agenda, 1, time.Now())
	r.await(t, 1)

	follow(t, r.agenda, 2, time.Now().Add(500*time.Millisecond))
	if err := server.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	away := newOutbox(r.agenda, time.Now)
	defer away.close()
	for name, use := range map[string]func() error{
		"schedule": func() error { return r.agenda.scheduleExpiration(t.Context(), orderOf(3, event.OrderIsCreated, noon)) },
		"forget": func() error {
			return r.agenda.scheduleExpiration(t.Context(), orderOf(3, event.OrderIsCancelled, noon))
		},
		"wait": func() error { return away.Wait(t.Context()) },
		"relay": func() error {
			_, err := away.Relay(t.Context(), 1, (&broker{}).send)
			return err
		},
	} {
		if err := use(); err == nil || !apierror.From(err).Temporary() {
			t.Errorf("%s without Redis: %v", name, err)
		}
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.await(t, 2)
	client := r.agenda.client
	eventually(t, func() error { return client.Ping(t.Context()).Err() }) // it tries less often after many failures
	if err := errors.Join(client.FlushAll(t.Context()).Err(), client.ScriptFlush(t.Context()).Err()); err != nil {
		t.Fatal(err)
	}
	for id := int32(4); id < 8; id++ {
		follow(t, r.agenda, id, time.Now())
		r.await(t, id)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	o := newOutbox(newAgenda(t), time.Now)
	t.Cleanup(o.close)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		for {
			if err := o.Wait(ctx); err != nil {
				ended <- err
				return
			}
		}
	}()
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	case <-time.After(soon):
		t.Error("still waiting")
	}
}
