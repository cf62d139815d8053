package simulation

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gittix/ticketing/shared/embedded/stripeserver"
)

// world is the system of one history: its processes, and all that they stand on.
type world struct {
	*backends
	t         *testing.T // of the bubble
	skews     skews
	processes map[string]*process // those that run, by name
	tasks     []*task             // that have begun and are not over
	messages  []*message          // that the bus holds
	stripe    *stripeserver.Sandbox
	redis     *redis.Client
	story     []string
	violation string // the first
	changed   bool   // something may have, since the last check

	orders    []order         // as they were seen last
	asked     map[int32]bool  // the orders that their buyers asked to cancel
	returned  map[int32]bool  // orders that their seller was to refund
	cancelled map[int32]bool  // those of which they were told so
	secrets   []string        // of second steps that were asked for
	elsewhere map[int32]int64 // cents of orders that others sent back at Stripe, or took

	generations map[int]int32    // of the sessions that people have, by user
	heard       map[string]heard // by service and user
}

// skews are how far clocks are ahead.
type skews map[string]time.Duration

// play plays a history in a bubble, and returns its story, and what it has violated, or "".
func play(t *testing.T, b *backends, h history) (story, violation string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{
			backends: b, t: t, skews: h.skews(), processes: map[string]*process{}, asked: map[int32]bool{}, cancelled: map[int32]bool{}, returned: map[int32]bool{}, elsewhere: map[int32]int64{},
			generations: map[int]int32{}, heard: map[string]heard{},
			redis: redis.NewClient(b.redisOptions()),
		}
		defer w.close()
		w.open()
		w.prelude()
		for _, s := range h.Steps {
			time.Sleep(100 * time.Millisecond)
			w.take(s)
			if w.check(); w.violation != "" {
				break
			}
		}
		if w.violation == "" {
			w.rest()
		}
		for i, line := range w.story {
			story += fmt.Sprintf("%d. %s\n", i+1, line)
		}
		violation = w.violation
	})
	return story, violation
}

func (w *world) open() {
	w.reset(w.t)
	if err := w.redis.FlushAll(w.t.Context()).Err(); err != nil {
		w.t.Fatal(err)
	}
	var err error
	if w.stripe, err = stripeserver.Open(stripeserver.Config{}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) close() {
	for _, p := range w.processes {
		w.crash(p)
	}
	_ = w.redis.Close() // it was only used here
	if err := w.stripe.Close(context.Background()); err != nil {
		w.t.Error(err)
	}
}

func (w *world) tell(format string, args ...any) {
	w.story = append(w.story, fmt.Sprintf(format, args...))
}

func (w *world) violate(format string, args ...any) {
	if w.violation == "" {
		w.violation = strings.TrimSpace(fmt.Sprintf(format, args...))
	}
}

// running is the task in whose context something happens, or nil.
func running(ctx context.Context) *task {
	t, _ := ctx.Value(taskKey{}).(*task)
	return t
}
