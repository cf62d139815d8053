package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/outbox"
)

const (
	sendTries    = 2                // over a connection that broke while the environment was frozen the first is in vain
	sendWithin   = time.Second      // each
	relayEvery   = 30 * time.Second // at least, for what other processes have left
	firstPause   = 2 * time.Second  // after a failure; then longer
	longestPause = time.Minute
)

// Connect opens a connection to the bus that a URL names. It asks nothing of the bus.
type Connect func(url string) (bus.Conn, error)

// sender sends what a service's outbox holds, where no dispatcher does. The zero value sends nothing.
type sender struct {
	conn  bus.Conn
	relay outbox.Relay
	empty atomic.Int64 // when the outbox was, in Unix ns; 0: it may not be
	sent  atomic.Int64 // events
	pause atomic.Pointer[pause]
}

// open prepares for BUS_URL. Errors: one that cannot be used.
func (s *sender) open(a *Adapter, connect Connect) error {
	if a.settings.BusURL == "" {
		return nil
	}
	if connect == nil {
		return errors.New("config: BUS_URL: this program was built without the tag lambda, and sends no events from functions")
	}
	conn, err := connect(a.settings.BusURL)
	if err != nil {
		return fmt.Errorf("config: BUS_URL: %w", err)
	}
	if s.conn, s.relay.Log = conn, a.runner.Log; a.service.Outbox == nil {
		return nil
	}
	s.relay = outbox.Relay{Source: a.service.Outbox, Log: a.runner.Log, Publish: func(ctx context.Context, e event.Event) error {
		data, err := json.Marshal(e)
		if err != nil {
			return err
		}
		if err := conn.Publish(ctx, e.Type(), data); err != nil {
			return err
		}
		s.sent.Add(1)
		return nil
	}}
	return nil
}

// due reports whether an invocation has to relay the outbox: it may have stored something, or this process last did so half a minute
// ago, and another one may have ended before it could send.
func (s *sender) due() bool {
	if s.relay.Source == nil {
		return false
	}
	teller, ok := s.relay.Source.(outbox.Teller)
	return !ok || teller.Unsent() || time.Now().UnixNano() >= s.empty.Load()+int64(relayEvery)
}

// send brings the bus what the outbox holds, in at most two seconds, and reports whether that was anything. After a failure it tries again in a
// while, and fails at once until then.
func (s *sender) send(ctx context.Context, service function.Service) (sent bool, err error) {
	before := s.sent.Load()
	err = s.relayOutbox(ctx, service)
	return s.sent.Load() > before, err
}

func (s *sender) relayOutbox(ctx context.Context, service function.Service) (err error) {
	began := time.Now() // by the wall clock: the monotonic one may stand still while the environment is frozen
	tries := sendTries
	if failed := s.pause.Load(); failed != nil {
		if tries = 1; failed.lasts() {
			return failed.err
		}
	}
	for range tries {
		if err = s.try(ctx); err == nil {
			s.empty.Store(began.UnixNano())
			s.pause.Store(nil)
			return nil
		}
	}
	s.empty.Store(0)
	if ctx.Err() == nil { // else the invocation has no time left, which says nothing of the bus
		s.pause.Store(s.pause.Load().next(time.Now(), err))
	}
	s.relay.Log.WarnContext(ctx, "events are left in the outbox", "service", service.Name, "error", err)
	return err
}

// pause is the time in which a service of AWS that failed is left alone.
type pause struct {
	err    error
	length time.Duration
	until  int64 // Unix ns
}

// lasts reports whether there is one that is not over.
func (p *pause) lasts() bool { return p != nil && time.Now().UnixNano() < p.until }

// next is twice as long, within bounds; it ends at any moment of its second half, so that not all processes try again at once.
func (p *pause) next(now time.Time, err error) *pause {
	length := firstPause
	if p != nil {
		length = min(2*p.length, longestPause)
	}
	return &pause{err, length, now.Add(length/2 + rand.N(length/2)).UnixNano()}
}

func (s *sender) try(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	return s.relay.Flush(ctx)
}
