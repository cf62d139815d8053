package function_test

import (
	"context"
	"errors"
	"testing"

	"github.com/gittix/ticketing/shared/function"
)

func TestAwait(t *testing.T) {
	t.Parallel()
	late, other := errors.New("late"), errors.New("other")
	for _, c := range []struct {
		name    string
		answers []error
		want    error
	}{
		{"there", []error{nil}, nil},
		{"comes", []error{late, late, nil}, nil},
		{"fails", []error{late, other, nil}, other},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			err := function.Await(t.Context(), late, func() error { calls++; return c.answers[calls-1] })
			if !errors.Is(err, c.want) || calls > len(c.answers) {
				t.Errorf("got %v after %d calls", err, calls)
			}
		})
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := function.Await(gone, late, func() error { return late }); !errors.Is(err, late) {
		t.Errorf("told to stop, it returned %v", err)
	}
}
