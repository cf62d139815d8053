package auth

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
)

// busy makes every hash report that it has begun, and wait until it is told to finish.
func busy(p *passwords) (begun chan struct{}, finish func()) {
	begun, end := make(chan struct{}, 1000), make(chan struct{})
	p.argon2id = func(_, _ []byte, _, _ uint32, _ uint8, n uint32) []byte {
		begun <- struct{}{}
		<-end
		return make([]byte, n)
	}
	return begun, sync.OnceFunc(func() { close(end) })
}

func TestHashingIsBounded(t *testing.T) {
	t.Parallel()
	p := newPasswords(Peppers{"pepper"})
	slots := cap(p.signIns.slots[0])
	begun, finish := busy(p)
	defer finish()
	var inside atomic.Int32
	wait := p.argon2id
	p.argon2id = func(password, salt []byte, time, mem uint32, threads uint8, n uint32) []byte {
		if now := inside.Add(1); now > int32(slots) {
			t.Errorf("%d at once, with %d slots", now, slots)
		}
		defer inside.Add(-1)
		return wait(password, salt, time, mem, threads, n)
	}
	var all sync.WaitGroup
	for range slots + waitingSignIns - 1 {
		all.Go(func() {
			if _, err := p.checks(t.Context(), goodPassword, "", false); err != nil {
				t.Error(err)
			}
		})
	}
	for range slots {
		<-begun
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := p.checks(ctx, goodPassword, "", false); !errors.Is(err, apierror.Unavailable(nil)) {
		t.Errorf("no slot before the deadline: %v", err)
	}
	finish()
	all.Wait()
	if left := len(p.signIns.places); left != 0 {
		t.Errorf("%d places are still taken", left)
	}
}

// TestSignInsDoNotWaitForSignUps: however many sign-ups there are, those beyond the queue are refused at once, and a sign-in has a slot.
func TestSignInsDoNotWaitForSignUps(t *testing.T) {
	t.Parallel()
	p := newPasswords(Peppers{"pepper"})
	begun, finish := busy(p)
	defer finish()
	places, slots := cap(p.signUps.places), cap(p.signUps.slots[0])
	refused := make(chan error, 10*places)
	var all sync.WaitGroup
	for range 10 * places {
		all.Go(func() {
			if _, err := p.hashed(t.Context(), p.signUps, goodPassword); err != nil {
				refused <- err
			}
		})
	}
	for range slots {
		<-begun
	}
	for range 9 * places { // they are answered although no slot has become free
		if err := <-refused; !apierror.IsOverload(err) || apierror.From(err).RetryAfter == 0 {
			t.Errorf("a full queue: %v", err)
		}
	}
	all.Go(func() {
		if _, err := p.checks(t.Context(), goodPassword, "", false); err != nil {
			t.Errorf("a sign-in: %v", err)
		}
	})
	<-begun // the sign-in's: no sign-up has ended
	finish()
	all.Wait()
	if len(refused) != 0 {
		t.Errorf("%d more were refused", len(refused))
	}
}
