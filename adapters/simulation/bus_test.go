package simulation

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"

	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/outbox"
)

// message is an event that the bus keeps for one consumer until that has handled it.
type message struct {
	service  string
	consumer string
	name     string // for the story
	data     []byte
	done     func(service string) // once it is handled; nil: nothing
}

// publish is the bus as a relay sees it: what it has taken it delivers to every consumer, at least once, in any order.
func (w *world) publish(t *task) func(context.Context, event.Event) error {
	return func(_ context.Context, e event.Event) error {
		kind, err := t.reach("the bus takes "+e.Type()+" of "+e.Subject(), lost, unanswered)
		if err != nil {
			return err
		}
		w.put(e, nil)
		if kind != "" {
			return errLost
		}
		return nil
	}
}

// put stores an event for its consumers.
func (w *world) put(e event.Event, done func(service string)) {
	data, err := json.Marshal(e)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, c := range w.consumers(e.Type()) {
		c.name, c.data, c.done = e.Type()+" of "+e.Subject(), data, done
		w.messages = append(w.messages, &c)
	}
}

// consumers are those of a type of event, in the simulated services.
func (w *world) consumers(kind string) (all []message) {
	for _, s := range w.contents {
		for _, c := range s.Consumers {
			if slices.Contains(c.Types, kind) {
				all = append(all, message{service: s.Name, consumer: c.Name})
			}
		}
	}
	return all
}

// relay sends what a service's outbox holds.
func (w *world) relay(p *process, f fault) *task {
	return w.begin(p, p.name+" relays", f, func(ctx context.Context) string {
		r := outbox.Relay{Source: p.Outbox, Publish: w.publish(running(ctx)), Log: slog.New(slog.DiscardHandler)}
		return outcome(r.Flush(ctx))
	}, nil)
}

// deliver gives a consumer its event. The bus keeps it until it is acknowledged; an acknowledgment that is lost brings it again.
func (w *world) deliver(p *process, m *message, f fault) *task {
	i := slices.IndexFunc(p.Consumers, func(c function.Consumer) bool { return c.Name == m.consumer })
	handled := false
	return w.begin(p, fmt.Sprintf("%s: %s of %s", p.name, m.consumer, m.name), f, func(ctx context.Context) string {
		err := p.runner.Consume(ctx, p.Service, p.Consumers[i], m.data)
		handled = err == nil || function.IsReject(err)
		return outcome(err)
	}, func() {
		if handled {
			if m.done != nil {
				m.done(m.service)
			}
			w.messages = slices.DeleteFunc(w.messages, func(other *message) bool { return other == m })
		}
	})
}

// contentsOf are the tables of contents of the simulated services.
func contentsOf() (all []function.Service, err error) {
	for _, def := range functions.Services() {
		if !slices.Contains(simulated, def.Name) {
			continue
		}
		s, err := def.Contents()
		if err != nil {
			return nil, err
		}
		s.Stop()
		all = append(all, s)
	}
	return all, nil
}
