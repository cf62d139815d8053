package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Subscription says what a group wants and who handles it.
type Subscription struct {
	// Subject is a literal subject, such as "tickets.created": words of letters, digits, - and _ with dots between.
	Subject string
	// Group is the durable queue group: a message goes to one member of each group. A new group starts with the oldest
	// message that the broker has. The group lives on without members. Letters, digits, - and _.
	Group string
	// Concurrency is how many handlers may run at once in this process, redeliveries included; 0 means Options.Concurrency.
	Concurrency int
	// Together is for handlers that wait for each other to do their work together: what has come does not wait in the broker.
	Together bool
	// Handle does the work. nil means done; any error, and a panic, means again later. Its context ends after AckWait.
	// It runs for one message at most once at a time in this process, but may run again after it has succeeded.
	Handle func(ctx context.Context, d Delivery) error
	// DeadLetter stores a message that Handle has failed MaxDeliveries times, as counted by this process since it connected;
	// or that has failed for longer than GiveUp; the message is then done. Errors that are Temporary do not count. If DeadLetter
	// fails, the message comes again.
	// Without a DeadLetter a message comes until it is handled.
	DeadLetter func(ctx context.Context, d Delivery, reason error) error
}

// Delivery is a message on its way to a handler.
type Delivery struct {
	Data    []byte // must not be changed
	Attempt int    // 1 = the first time that the broker sent it to this group; brokers may start again at 1 when restarted
}

func (s Subscription) validate() error {
	switch {
	case !validSubject(s.Subject):
		return fmt.Errorf("%q is no subject", s.Subject)
	case !ValidName(s.Group):
		return fmt.Errorf("%s: %q is no group", s.Subject, s.Group)
	case s.Concurrency < 0:
		return fmt.Errorf("%s: concurrency %d is negative", s.Subject, s.Concurrency)
	case s.Handle == nil:
		return fmt.Errorf("%s: no handler", s.Subject)
	}
	return nil
}

func validSubject(subject string) bool {
	for word := range strings.SplitSeq(subject, ".") {
		if !ValidName(word) {
			return false
		}
	}
	return true
}

// ValidName reports whether a name can stand for a group, a stream, a cluster or a client: letters, digits, - and _.
func ValidName(word string) bool {
	return word != "" && !strings.ContainsFunc(word, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
	})
}

// ErrUnavailable says that the broker cannot be reached now. It is temporary.
var ErrUnavailable error = unavailable{}

type unavailable struct{}

func (unavailable) Error() string   { return "broker unavailable" }
func (unavailable) Temporary() bool { return true }

var (
	errStopped = errors.New("bus: consuming has been stopped")
	errClosed  = errors.New("bus: closed")
)

// Temporary reports whether err, or the first error in its chain that has a method Temporary() bool, is temporary.
// So a dependency that is unavailable for minutes does not fill the dead letters. context.DeadlineExceeded is temporary.
func Temporary(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary()
}
