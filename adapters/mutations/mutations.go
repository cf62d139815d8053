// Package mutations plants bugs, one at a time, and sees whether the tests notice.
//
// Each is a few lines of the product that become others, in a copy that only the compiler sees (go test -overlay): the tree
// stays as it is. The simulation has a minute to find it, or named tests have to, where the simulation cannot see such a bug.
// One that survives is a hole in the tests. What this code replaces must be there exactly once: who changes such a line brings
// its entry up to date.
//
//	make mutations
package mutations

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Mutation is a bug.
type Mutation struct {
	Bug   string // in a sentence
	Edits []Edit
	Tests string // the package and the names of the tests that find it; "": the simulation does
}

// Edit replaces a text that is in a file once.
type Edit struct{ File, Old, New string }

// All are the bugs.
func All() []Mutation {
	var all []Mutation
	for _, some := range [][]Mutation{ofOrders, ofTickets, ofPayments, ofEvents, ofSessions} {
		all = append(all, some...)
	}
	return all
}

// overlay writes what the compiler is to see in place of the files of the tree at root, and returns the path for -overlay.
// Errors: a text that is not in its file exactly once.
func overlay(root, dir string, edits ...Edit) (string, error) {
	texts := map[string]string{}
	for _, e := range edits {
		file := filepath.Join(root, e.File)
		text, known := texts[file]
		if !known {
			b, err := os.ReadFile(file)
			if err != nil {
				return "", err
			}
			text = string(b)
		}
		if n := strings.Count(text, e.Old); n != 1 {
			return "", fmt.Errorf("%s holds %d times, not once:\n%s", e.File, n, e.Old)
		}
		texts[file] = strings.Replace(text, e.Old, e.New, 1)
	}
	replace := map[string]string{}
	for file, text := range texts {
		copied := filepath.Join(dir, fmt.Sprintf("%d_%s", len(replace), filepath.Base(file)))
		if err := os.WriteFile(copied, []byte(text), 0o600); err != nil {
			return "", err
		}
		replace[file] = copied
	}
	b, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, b, 0o600)
}
