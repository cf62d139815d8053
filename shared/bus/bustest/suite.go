// Package bustest holds what every bus driver must do, as a test suite to be run against a real broker.
package bustest

import (
	"testing"

	"github.com/gittix/ticketing/shared/bus"
)

// Harness gives the suite brokers and connections to them.
type Harness struct {
	// Start runs a broker that keeps its store in dir and listens on port of the loopback address; port 0 means a free one.
	Start func(dir string, port int) (Broker, error)
	// Driver connects to the broker at addr (host:port).
	Driver func(addr string) bus.Driver
	// Small is as Start and Driver, with a store that has room for few messages of a kilobyte: more than 10, less than 100.
	// nil: the store has no bound.
	Small func(dir string) (Broker, bus.Driver, error)
	// Together has messages handled together (bus.Subscription.Together) in all cases.
	Together bool
	// Cloud is of a service without connections: a group gets nothing from before it was made, and who leaves tells nobody.
	Cloud bool
}

// Broker is a broker that runs in this process.
type Broker interface {
	Addr() string // host:port
	Stop()        // returns when port and store are free; may be called twice
}

// Run runs the whole suite, or what of it can be asked of the broker; each case has a broker of its own.
func Run(t *testing.T, h Harness) {
	t.Parallel()
	for name, test := range cases(h) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newFixture(t, h))
		})
	}
}

func cases(h Harness) map[string]func(*testing.T, *fixture) {
	all := map[string]func(*testing.T, *fixture){
		"published from many goroutines, all arrive":            publishFromMany,
		"the largest event arrives, whatever its text":          largest,
		"a group goes on where it was after close":              groupOutlivesMembers,
		"every group gets all, members share":                   groupsAndMembers,
		"a crashed member's message goes to another":            crashedMember,
		"an error or a panic brings the message again":          failedAttempts,
		"too many failures lead to the dead letters, once":      deliveryLimit,
		"a dead letter that is not stored comes again":          deadLetterFails,
		"temporary errors lead to no dead letters":              temporaryErrors,
		"temporary errors of an old message do, after some":     givenUp,
		"no more handlers than allowed, redeliveries included":  boundedHandlers,
		"those that are handled together come together":         comeTogether,
		"a message under way is not started again":              oneAtATime,
		"what fails, hangs or is slow holds up no others":       poison,
		"handlers get a deadline":                               handlerDeadline,
		"a broker that is absent at first":                      absentBroker,
		"a broker that restarts with its store":                 restartedBroker,
		"a broker that lost its store":                          forgetfulBroker,
		"a connection that hangs is given up":                   hangingConnection,
		"stopping lets the handler finish and starts no other":  drain,
		"stopping ends with its context":                        drainTimeout,
		"publishing goes on after stopping":                     publishAfterStop,
		"publishing to a frozen broker ends with the context":   frozenBroker,
		"publishing on a connection that breaks fails promptly": brokenWhilePublishing,
	}
	if !h.Cloud {
		all["a message waits for a group's first subscription"] = waitsForFirst
	}
	if h.Small != nil {
		all["a full store takes what is new, and says what is lost"] = fullStore
	}
	return all
}
