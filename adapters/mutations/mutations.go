// Package mutations plants bugs, one at a time, and sees whether the tests notice.
//
// Each is a few lines of the product that become others, in a copy that only the compiler sees (go test -overlay): the tree
// stays as it is. Each names the promise of shared/README.md that it breaks, and the test that finds it: the quickest that there is,
// or a scene of the simulation. A test that fails for another reason than that has not found it. One that survives is a hole in the
// tests. What this code replaces must be there exactly once: who changes such a line brings its entry up to date.
//
//	make mutations
package mutations

import "strings"

// Promises is how many promises there are.
const Promises = 9

// Mutation is a bug.
type Mutation struct {
	Bug    string // in a sentence
	Breaks int    // the number of a promise, from 1 to Promises
	By     Finder
	Edits  []Edit
}

// Finder is the test that finds a bug.
type Finder struct {
	Package string // its folder, from the root of the repository
	Test    string // its name, after which a / and the start of a subtest's may follow
	Says    string // a part of what it says then
}

// Name is the test's, without its subtest's.
func (f Finder) Name() string {
	name, _, _ := strings.Cut(f.Test, "/")
	return name
}

// Of returns the bugs that break a promise.
func Of(promise int) (some []Mutation) {
	for _, m := range All() {
		if m.Breaks == promise {
			some = append(some, m)
		}
	}
	return some
}

// Edit replaces a text that is in a file once.
type Edit struct{ File, Old, New string }

// All are the bugs.
func All() []Mutation {
	var all []Mutation
	for _, some := range [][]Mutation{ofOrders, ofTickets, ofPayments, ofEvents, ofSessions, ofNotifications} {
		all = append(all, some...)
	}
	return all
}
