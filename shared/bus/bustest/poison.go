package bustest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/bus"
)

// poison has messages among others that fail each time, use up their time each time, and take as long as all others together.
func poison(t *testing.T, f *fixture) {
	const messages = 1000
	fails, hangs, slow := fmt.Sprint(messages/2), fmt.Sprint(messages/2+1), fmt.Sprint(messages/2+2)
	var handled, failed, hung tally
	var mu sync.Mutex
	published, delays := map[string]time.Time{}, []time.Duration(nil)
	all := make(chan struct{})
	b := f.subscribed(f.broker.Addr(), bus.Subscription{Subject: subject, Group: "shop",
		Handle: func(ctx context.Context, d bus.Delivery) error {
			switch string(d.Data) {
			case fails:
				failed.add(d)
				return errors.Join(errors.New("cannot be done"), away{})
			case hangs:
				hung.add(d)
				<-ctx.Done()
				return ctx.Err()
			case slow:
				<-all
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			if handled.add(d) == 1 {
				delays = append(delays, time.Since(published[string(d.Data)]))
			}
			return nil
		}})
	for i := range messages {
		mu.Lock()
		published[fmt.Sprint(i)] = time.Now()
		mu.Unlock()
		f.publish(b, fmt.Sprint(i))
	}
	f.eventually("all others are handled", func() bool { return handled.distinct() == messages-3 })
	close(all)
	f.eventually("those that fail come again", func() bool { return failed.of(fails) > 1 && hung.of(hangs) > 1 })
	mu.Lock()
	defer mu.Unlock()
	slices.Sort(delays)
	t.Logf("behind them: p50 %v, p99 %v, at most %v", delays[len(delays)/2], delays[len(delays)*99/100], delays[len(delays)-1])
}
