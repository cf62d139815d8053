package function

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/securitylog"
)

// Consume gives a consumer an event as it came from a bus: a CloudEvent in structured mode.
// It returns nil for done; an error for which IsReject holds once the event is among the dead letters, or if it is malformed or its
// publisher did not sign it: that one is kept nowhere, and the security log names it; and any other error for "again later", also for a
// type that the consumer does not handle. An event with a DeadReason is done once it is among the dead letters.
func (r Runner) Consume(ctx context.Context, s Service, c Consumer, data []byte) error {
	e, err := s.verify(data)
	if err != nil {
		return r.forged(ctx, s, c, e, err)
	}
	if reason := e.Extension(DeadReason); reason != "" {
		return r.giveUp(ctx, s, c, e, reason)
	}
	ctx, span := r.span(event.Context(ctx, e), c.Name, trace.SpanKindConsumer, s.Name, c.Name)
	defer span.End()
	span.SetAttributes(attribute.String("cloudevents.event_type", e.Type()), attribute.String("cloudevents.event_subject", e.Subject()))
	flight := r.Metrics.InFlight.WithLabelValues(s.Name, c.Name)
	flight.Inc()
	defer flight.Dec()
	ctx = securitylog.NewContext(ctx, r.security(s.Name, c.Name))
	err = r.guard(ctx, s.Name, c.Name, func() error {
		if err := c.Consumes(e.Type()); err != nil {
			return err
		}
		return c.Handle(ctx, e)
	})
	failed(span, err)
	outcome := "done"
	switch {
	case IsReject(err):
		outcome = "reject"
		if stored := r.addDeadLetter(ctx, s, c, data, err); stored != nil {
			outcome, err = "retry", stored
		}
	case err != nil:
		outcome = "retry"
		r.Log.WarnContext(ctx, "event comes again", "service", s.Name, "function", c.Name, "error", err)
	}
	r.Metrics.Events.WithLabelValues(s.Name, c.Name, outcome).Inc()
	return err
}

// ConsumeTogether gives a consumer that handles events together (OnBatch) all of them at once, and reports whether they are done. If not,
// each has to be consumed by itself, for its own outcome.
func (r Runner) ConsumeTogether(ctx context.Context, s Service, c Consumer, all [][]byte) bool {
	if c.Batch == nil || len(all) < 2 {
		return false
	}
	events, causes := make([]event.Event, len(all)), make([]context.Context, len(all))
	for i, data := range all {
		e, err := s.verify(data)
		if err != nil || e.Extension(DeadReason) != "" || c.Consumes(e.Type()) != nil {
			return false
		}
		events[i], causes[i] = e, event.Context(ctx, e)
	}
	ctx, span := r.span(ctx, c.Name, trace.SpanKindConsumer, s.Name, c.Name)
	defer span.End()
	span.SetAttributes(attribute.Int("messaging.batch.message_count", len(all)))
	ctx, cancel := context.WithTimeout(securitylog.NewContext(ctx, r.security(s.Name, c.Name)), batchTime)
	defer cancel()
	err := r.guard(ctx, s.Name, c.Name, func() error { return c.Batch(context.WithValue(ctx, causesKey{}, causes), events) })
	failed(span, err)
	if err != nil {
		return false
	}
	r.Metrics.Events.WithLabelValues(s.Name, c.Name, "done").Add(float64(len(all)))
	return true
}

// giveUp stores an event that has a DeadReason, without that extension, so that a replay handles it.
func (r Runner) giveUp(ctx context.Context, s Service, c Consumer, e event.Event, reason string) error {
	e.RemoveExtensions(DeadReason)
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return r.DeadLetter(ctx, s, c, data, errors.New(reason))
}

// DeadLetter stores an event that was retried too often. Of one that is malformed or that its publisher did not sign it stores
// nothing, and returns an error for which IsReject holds.
func (r Runner) DeadLetter(ctx context.Context, s Service, c Consumer, data []byte, reason error) error {
	e, err := s.verify(data)
	if err != nil {
		return r.forged(ctx, s, c, e, err)
	}
	ctx = event.Context(ctx, e)
	err = r.addDeadLetter(ctx, s, c, data, reason)
	if err == nil {
		r.Metrics.Events.WithLabelValues(s.Name, c.Name, "dead").Inc()
	}
	return err
}

func (r Runner) addDeadLetter(ctx context.Context, s Service, c Consumer, data []byte, reason error) error {
	r.Log.ErrorContext(ctx, "event goes to the dead letters", "service", s.Name, "function", c.Name, "error", reason)
	if s.DeadLetters == nil {
		return fmt.Errorf("%s has no store of dead letters", s.Name)
	}
	return s.DeadLetters.Add(ctx, DeadLetter{Function: c.Name, Event: data, Reason: reason.Error()})
}
