package bustest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/bus"
)

func drain(t *testing.T, f *fixture) {
	next := []string{"next 1", "next 2", "next 3", "next 4", "next 5"}
	var started, finished, other tally
	release := make(chan struct{})
	b := f.subscribed(f.broker.Addr(), bus.Subscription{Subject: subject, Group: "shop",
		Handle: func(_ context.Context, d bus.Delivery) error {
			started.add(d)
			<-release
			finished.add(d)
			return nil
		}})
	f.publish(b, "under way")
	f.eventually("its handler starts", func() bool { return started.of("under way") > 0 })
	stopped := make(chan error, 1)
	go func() { stopped <- b.StopConsuming(context.Background()) }()
	f.eventually("the bus is stopping", func() bool { return b.Ready(t.Context()) != nil })
	f.publish(b, next...)
	if len(stopped) > 0 {
		t.Error("stopped while a handler is under way")
	}
	close(release)
	if err := await(f, "stopped", stopped); err != nil {
		t.Errorf("stop: %v", err)
	}
	if finished.of("under way") != 1 || started.distinct() > 1 {
		t.Error("want the handler under way to finish, and no other to start")
	}
	f.member(other.handle)
	f.eventually("another member gets the next", func() bool { return other.distinct() == len(next) })
	f.never("the ack of the last handler is lost", func() bool { return other.of("under way") > 0 })
}

func drainTimeout(t *testing.T, f *fixture) {
	started, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	b := f.subscribed(f.broker.Addr(), bus.Subscription{Subject: subject, Group: "shop", Concurrency: 1,
		Handle: func(context.Context, bus.Delivery) error { close(started); <-release; return nil }})
	f.publish(b, "endless")
	await(f, "its handler starts", started)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := b.StopConsuming(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("stop: %v, want DeadlineExceeded", err)
	}
}

func publishAfterStop(t *testing.T, f *fixture) {
	var mine, other tally
	b := f.member(mine.handle)
	if err := b.StopConsuming(t.Context()); err != nil {
		t.Fatalf("stop: %v", err)
	}
	if err := b.Publish(t.Context(), subject, []byte("after")); err != nil {
		t.Errorf("publish after stop: %v", err)
	}
	if err := b.Subscribe(bus.Subscription{Subject: subject, Group: "more", Handle: mine.handle}); err == nil {
		t.Error("subscribe after stop: no error")
	}
	f.member(other.handle)
	f.eventually("another member gets it", func() bool { return other.of("after") > 0 })
	if mine.of("after") > 0 {
		t.Error("a handler started after stop")
	}
	if err := b.Close(t.Context()); err != nil {
		t.Errorf("close: %v", err)
	}
	if err := b.Publish(t.Context(), subject, nil); err == nil {
		t.Error("publish after close: no error")
	}
}
