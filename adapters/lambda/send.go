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
	sendTries  = 2           // over a connection that broke while the environment was frozen the first is in vain
	sendWithin = time.Second // each
)

// Connect opens a connection to the bus that a URL names. It asks nothing of the bus.
type Connect func(url string) (bus.Conn, error)

// sender sends what a service's outbox holds, where nobody else does. The zero value sends nothing.
type sender struct {
	conn  bus.Conn
	relay outbox.Relay
	owes  atomic.Bool // something may be left: by an invocation before, or a process before this one
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
	s.owes.Store(true)
	return nil
}

// send brings the bus what the outbox holds, unless it is known that nothing is there, in at most two seconds. What is left is sent
// after the next invocation.
func (s *sender) send(ctx context.Context, service function.Service) (err error) {
	if s.relay.Source == nil {
		return nil
	}
	if teller, ok := s.relay.Source.(outbox.Teller); ok && !teller.Unsent() && !s.owes.Load() {
		return nil
	}
	for range sendTries {
		if err = s.try(ctx); err == nil {
			break
		}
	}
	s.owes.Store(err != nil)
	if err != nil {
		s.relay.Log.WarnContext(ctx, "events are left in the outbox for the next invocation", "service", service.Name, "error", err)
	}
	return err
}

func (s *sender) try(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	return s.relay.Flush(ctx)
}
