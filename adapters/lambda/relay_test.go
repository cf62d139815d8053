package lambda

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// TestOutboxIsLookedInto: by the first invocation of a process, by those that may have stored something, and else after half a minute, since
// another process may have ended before it could send.
func TestOutboxIsLookedInto(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		a := withSource(t, s, nil)
		for i, c := range []struct {
			pause  time.Duration
			stores bool
			relays int
		}{{0, false, 1}, {time.Second, false, 1}, {0, true, 2}, {relayEvery - time.Second, false, 2}, {time.Second, false, 3}, {time.Second, false, 3}} {
			time.Sleep(c.pause)
			s.unsent = c.stores
			if _, err := a.Invoke(t.Context(), queue(t, 1, 0, titled(t, "done")...)); err != nil || s.relays != c.relays {
				t.Errorf("invocation %d: relayed %d times, want %d (%v)", i, s.relays, c.relays, err)
			}
		}
	})
}

// TestBusIsLeftAlone: after a failure the next invocations do not wait for the bus, those from queues included, until a pause is over, which grows with each failure.
func TestBusIsLeftAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &source{hangs: true, unsent: true}
		a := withSource(t, s, nil)
		waited := func(payload []byte) time.Duration {
			began := time.Now()
			_, _ = a.Invoke(t.Context(), payload) // the queue's fails
			return time.Since(began)
		}
		if d := waited([]byte(get)); d != sendTries*sendWithin || s.relays != sendTries {
			t.Errorf("the first waited %v, %d tries", d, s.relays)
		}
		for i, longest := range []time.Duration{firstPause, 2 * firstPause, 4 * firstPause} {
			for _, payload := range [][]byte{[]byte(get), queue(t, 1, 0, titled(t, "done")...)} {
				if d := waited(payload); d != 0 || s.relays != sendTries+i {
					t.Errorf("pause %d: waited %v, %d tries", i, d, s.relays)
				}
			}
			time.Sleep(longest)
			if d := waited([]byte(get)); d != sendWithin || s.relays != sendTries+i+1 {
				t.Errorf("after pause %d: waited %v, %d tries", i, d, s.relays)
			}
		}
		s.hangs = false
		time.Sleep(longestPause)
		if relays := s.relays; waited([]byte(get)) != 0 || s.relays != relays+1 || s.unsent {
			t.Error("not sent when the bus is back")
		}
	})
}

// TestNoTimeLeft: an invocation whose time is nearly over is answered in time, and says nothing of the bus to those after it.
func TestNoTimeLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &source{unsent: true, hangs: true}
		a := withSource(t, s, &planned{hangs: true})
		const left = margin + 200*time.Millisecond
		ctx, cancel := context.WithTimeout(t.Context(), left)
		defer cancel()
		began := time.Now()
		if answer, err := a.Invoke(ctx, []byte(get)); err != nil || time.Since(began) > left-margin {
			t.Errorf("answered %s, %v after %v", answer, err, time.Since(began))
		}
		s.hangs = false
		if invoke(t, a, get); s.unsent {
			t.Error("not sent by the next")
		}
	})
}
