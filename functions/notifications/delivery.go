package notifications

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// message is something to be sent.
type message struct {
	Channel string
	Target  string // those of one target are sent one after another
	Kind    string
	Key     string    // of those with the same key one is sent
	Data    any       // for its text, as JSON
	Due     time.Time // not before; zero: at once
}

// delivery is a message that waits to be sent. At most one attempt to send it is under way, and at most one to its target.
type delivery struct {
	ID       int64
	Channel  string
	Target   string
	Kind     string
	Key      string
	Data     json.RawMessage
	Until    time.Time // an attempt that fails after that is the last
	Attempts int       // with the one under way
	Lost     bool      // the attempt before has not ended: its process did
}

// id is that of the user or the webhook which a message goes to.
func (d delivery) id() (int32, error) {
	_, text, _ := strings.Cut(d.Target, "/")
	id, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, refused(fmt.Errorf("notifications: the target %q", d.Target))
	}
	return int32(id), nil
}

// state is where a delivery stands.
type state string

// A delivery waits until it is sent, or is of no use any more, or is given up: then a mail is among the dead letters, too.
const (
	waiting state = "waiting"
	sent    state = "sent"
	dropped state = "dropped"
	dead    state = "dead"
)

// pauses come before the second attempt, the third, and so on; the last one before all others.
var pauses = []time.Duration{5 * time.Second, time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour}

// awayPause is the longest one of a message that was not at fault.
const awayPause = time.Minute

// pause follows that many failed attempts.
func pause(attempts int) time.Duration {
	p := pauses[min(attempts, len(pauses))-1]
	return p + rand.N(p/10) // what failed together is not tried together again
}

// What an attempt can come to, beside nil for sent, and any other error for a failure after which it is tried again.

// notNeeded says that a delivery is of no use any more, and why.
type notNeeded string

func (n notNeeded) Error() string { return string(n) }

// refused marks an error as one that would come again: the delivery is given up at once.
func refused(err error) error { return refusal{err} }

type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

func isRefused(err error) bool {
	var r refusal
	return errors.As(err, &r)
}

// unreachable is an error of the way to all targets, which says nothing about the message.
type unreachable struct{ error }

func (u unreachable) Unwrap() error { return u.error }

// paused is an error of a target: until a time, nothing is sent to it.
type paused struct {
	error
	until time.Time
}

func (p paused) Unwrap() error { return p.error }

// errLost is why a delivery is given up whose attempts have ended their process.
var errLost = refused(errors.New("the process ended while it was being sent"))

// errOurs is what users see of errors that are not their webhook's.
const errOurs = "an error of ours"
