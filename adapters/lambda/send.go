package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/outbox"
)

const (
	sendTries  = 2                // over a connection that broke while the environment was frozen the first is in vain
	sendWithin = time.Second      // each
	lookEvery  = 30 * time.Second // at least, for what other processes have left
)

// Connect opens a connection to the bus that a URL names. It asks nothing of the bus.
type Connect func(url string) (bus.Conn, error)

// sender sends what a service's outbox holds, where no dispatcher does. The zero value sends nothing.
type sender struct {
	conn  bus.Conn
	relay outbox.Relay
	empty atomic.Int64 // when the outbox was, in Unix ns; 0: it may not be
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
		return conn.Publish(ctx, e.Type(), data)
	}}
	return nil
}

// send brings the bus what the outbox holds, in at most two seconds. What is left is sent after the next invocation. One that has stored
// nothing looks into the outbox if the last look of this process was half a minute ago: another one may have ended before it could send.
func (s *sender) send(ctx context.Context, service function.Service) (err error) {
	if s.relay.Source == nil {
		return nil
	}
	began := time.Now().UnixNano() // the monotonic clock may stand still while the environment is frozen
	if teller, ok := s.relay.Source.(outbox.Teller); ok && !teller.Unsent() && began < s.empty.Load()+int64(lookEvery) {
		return nil
	}
	for range sendTries {
		if err = s.try(ctx); err == nil {
			break
		}
	}
	s.empty.Store(began)
	if err != nil {
		s.empty.Store(0)
		s.relay.Log.WarnContext(ctx, "events are left in the outbox for the next invocation", "service", service.Name, "error", err)
	}
	return err
}

func (s *sender) try(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	return s.relay.Flush(ctx)
}
