package operator_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/operator"
	"github.com/gittix/ticketing/shared/function"
)

// TestRestoreEndAwaitsCopies: a service that has nothing to find says, too, while what it copies has not been announced.
func TestRestoreEndAwaitsCopies(t *testing.T) {
	t.Parallel()
	missing := errors.New("copies are missing")
	copies := function.Service{
		Name: "copies", Start: func(context.Context) error { return nil },
		Restore: &function.Restore{Arrived: func(context.Context) error { return missing }},
	}
	for args, want := range map[string]string{"restore end --since 1h": missing.Error(), "restore end --since 1h --anyway": ""} {
		c, err := operator.Parse(strings.Fields(args), "copies")
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Run(t.Context(), []function.Service{copies}, io.Discard, io.Discard); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
}
