package function

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
)

// On returns a consumer of events that share a payload. An event whose data is not valid is rejected. Its settings hold the keys
// that its events are signed with.
func On[T event.Payload](name string, handle func(context.Context, T) error, types ...event.Type[T]) Consumer {
	c := Consumer{Name: name, Needs: Needs{Source: nameOf(handle)}, Handle: func(ctx context.Context, e event.Event) error {
		data, err := event.DataOf[T](e)
		if err != nil {
			return Reject(err)
		}
		return handle(context.WithValue(ctx, handledKey{}, Handled{name, e, ctx.Value(replayKey{}) != nil}), data)
	}}
	for _, t := range types {
		c.Types = append(c.Types, string(t))
	}
	c.Settings = append([]any{SignatureSettings{}}, keySettings(publishers(c.Types)...)...)
	return c
}

type (
	handledKey struct{}
	replayKey  struct{}
)

// Handled is an event and the consumer that handles it.
type Handled struct {
	Consumer string
	Event    event.Event
	Replayed bool // it was among the dead letters
}

// Handling returns the event whose handler was given ctx; false in one that handles several together (OnBatch).
func Handling(ctx context.Context) (Handled, bool) {
	h, ok := ctx.Value(handledKey{}).(Handled)
	return h, ok
}

// Consumes returns nil for a type of event that is the consumer's. Errors: apierror.Unavailable, for any other: where routes are
// updated before the code, a newer version handles it.
func (c Consumer) Consumes(kind string) error {
	if slices.Contains(c.Types, kind) {
		return nil
	}
	return apierror.Unavailable(fmt.Errorf("this version of %s does not consume %s", c.Name, short(kind)))
}

// Reject marks err as one that comes again however often the event is tried: the event goes to the dead letters.
func Reject(err error) error { return rejected{err} }

// IsReject reports whether err is or wraps what Reject returned.
func IsReject(err error) bool {
	var r rejected
	return errors.As(err, &r)
}

type rejected struct{ error }

func (r rejected) Unwrap() error { return r.error }

// DeadLetter is an event that a consumer could not handle, or a message that could not be sent.
type DeadLetter struct {
	ID       int64
	Function string // the consumer, or the function that asked for the message
	Event    []byte // as it came; empty: of a message that no event has caused
	Reason   string
	At       time.Time
}

// DeadReason is the extension that says why a platform gave an event up. A consumer does not handle such an event: it
// becomes a dead letter.
const DeadReason = "deadreason"

// DeadLetters keeps dead letters until someone replays or removes them.
type DeadLetters interface {
	Add(context.Context, DeadLetter) error
	// List returns at most limit letters with an id above after, oldest first.
	List(ctx context.Context, after int64, limit int) ([]DeadLetter, error)
	Remove(ctx context.Context, id int64) error
}

// Replay gives a dead letter to its consumer again, or to Resend one of a message that no event has caused, and removes it if that succeeds.
// Errors: the consumer's, and its panic; one for which Temporary holds, of a type that the consumer does not handle; event.ErrForged, which
// a letter of before events were signed is, unless Signatures are optional.
func (s Service) Replay(ctx context.Context, l DeadLetter) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	again := s.handleAgain
	if len(l.Event) == 0 && s.Resend != nil {
		again = s.Resend
	}
	if err := again(ctx, l); err != nil {
		return err
	}
	return s.DeadLetters.Remove(ctx, l.ID)
}

func (s Service) handleAgain(ctx context.Context, l DeadLetter) error {
	i := slices.IndexFunc(s.Consumers, func(c Consumer) bool { return c.Name == l.Function })
	if i < 0 {
		return errors.New(s.Name + " has no consumer " + l.Function)
	}
	e, err := s.verify(l.Event)
	if err != nil {
		return err
	}
	if err := s.Consumers[i].Consumes(e.Type()); err != nil {
		return err
	}
	return s.Consumers[i].Handle(context.WithValue(event.Context(ctx, e), replayKey{}, true), e)
}
