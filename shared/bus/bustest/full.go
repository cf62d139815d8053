package bustest

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gittix/ticketing/shared/bus"
)

// fullStore fills the store several times over. A group that is there gets everything; one that was away is told that it missed what
// was discarded, and gets it when it is published again.
func fullStore(t *testing.T, f *fixture) {
	f.broker.Stop()
	broker, driver, err := f.h.Small(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	f.broker = broker
	var missed atomic.Int32
	open := func() *bus.Bus {
		b := bus.New(driver, bus.Options{AckWait: ackWait, PublishWait: timeout, Missed: func(string, string) { missed.Add(1) }})
		t.Cleanup(func() { f.close(b, timeout) })
		return b
	}
	var there, away, back tally
	publisher := open()
	message := func(i int) string { return fmt.Sprint(i, " ", strings.Repeat("x", 1000)) }
	joined := func(group string, handle func(context.Context, bus.Delivery) error) *bus.Bus {
		b := open()
		f.subscribe(b, bus.Subscription{Subject: subject, Group: group, Handle: handle})
		f.eventually("the bus is ready", func() bool { return b.Ready(t.Context()) == nil })
		return b
	}
	join := func(group string, at *tally) *bus.Bus { return joined(group, at.handle) }
	present := join("there", &there)
	leaver := join("away", &away)
	release := make(chan struct{})
	slow := joined("slow", func(context.Context, bus.Delivery) error { <-release; return nil })
	defer close(release)
	f.publish(publisher, message(0))
	f.arrives(&away, message(0))
	f.close(leaver, timeout)

	const messages = 300
	for i := range messages {
		f.publish(publisher, message(i))
		f.arrives(&there, message(i))
	}
	store, err := publisher.Store(t.Context())
	f.eventually("messages wait for the group that is slow", func() bool {
		store, err := slow.Store(t.Context())
		return err == nil && store.Waiting > 10
	})
	f.eventually("nothing waits for the group that is there", func() bool {
		store, err := present.Store(t.Context())
		return err == nil && store.Waiting == 0
	})
	if err != nil || store.MaxBytes == 0 || store.Bytes < store.MaxBytes/2 || store.Bytes > store.MaxBytes {
		t.Errorf("the store: %+v, %v", store, err)
	}
	if missed.Load() > 0 {
		t.Error("a group missed something while it was there")
	}
	join("away", &back)
	f.arrives(&back, message(messages-1))
	if back.distinct() > 100 || missed.Load() != 1 {
		t.Errorf("%d messages were there still, missed %d times", back.distinct(), missed.Load())
	}
	for i := range messages {
		if back.of(message(i)) == 0 {
			f.publish(publisher, message(i))
			f.arrives(&back, message(i)) // faster than it is handled, it would be discarded again
		}
	}
	if join("away", new(tally)); missed.Load() != 1 {
		t.Error("what was made good is missed again")
	}
}
