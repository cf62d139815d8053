package notifications

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
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
	Until    time.Time // the last attempt
	Attempts int       // with the one under way
	Created  time.Time
}

// state is where a delivery stands.
type state string

// A delivery waits until it is sent, or is of no use any more, or is given up: then it is among the dead letters, too.
const (
	waiting state = "waiting"
	sent    state = "sent"
	dropped state = "dropped"
	dead    state = "dead"
)

// pauses come before the second attempt, the third, and so on; the last one before all others.
var pauses = []time.Duration{5 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour}

// next returns when an attempt follows one that has failed at t; false: the delivery is given up. The pauses grow; the last attempt is
// when its time is up.
func (d delivery) next(t time.Time) (time.Time, bool) {
	if !t.Before(d.Until) {
		return time.Time{}, false
	}
	pause := pauses[min(d.Attempts, len(pauses))-1]
	at := t.Add(pause + rand.N(pause/10)) // what failed together is not tried together again
	if at.After(d.Until) {
		at = d.Until
	}
	return at, true
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
