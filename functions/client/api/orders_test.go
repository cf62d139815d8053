package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
)

func TestPatiently(t *testing.T) {
	t.Parallel()
	unknown, other := errors.New("unknown"), errors.New("other")
	for name, c := range map[string]struct {
		errs []error // in turn
		want error
	}{
		"at once":            {[]error{nil}, nil},
		"after a moment":     {[]error{unknown, unknown, nil}, nil},
		"something else":     {[]error{unknown, other, nil}, other},
		"something at once":  {[]error{other, nil}, other},
		"never, for so long": {nil, unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tries := 0
			err := patiently(t.Context(), unknown, func() error {
				if tries++; tries > len(c.errs) {
					return unknown
				}
				return c.errs[tries-1]
			})
			if !errors.Is(err, c.want) || c.want == nil && err != nil {
				t.Errorf("%v after %d tries", err, tries)
			}
			if c.errs == nil && (tries < 5 || tries > 30) {
				t.Errorf("%d tries", tries)
			}
		})
	}
}

func TestPatienceEndsWithTheRequest(t *testing.T) {
	t.Parallel()
	unknown := errors.New("unknown")
	ctx, cancel := context.WithCancel(t.Context())
	tries := 0
	err := patiently(ctx, unknown, func() error { tries++; cancel(); return unknown })
	if !errors.Is(err, apierror.Unavailable(nil)) || tries != 1 {
		t.Errorf("%v after %d tries", err, tries)
	}
}

func TestOrderPaid(t *testing.T) {
	t.Parallel()
	states := []event.OrderStatus{event.OrderIsCreated, event.OrderIsCreated, event.OrderIsComplete}
	call := caller(t, func(w http.ResponseWriter, _ *http.Request) {
		state := states[0]
		if len(states) > 1 {
			states = states[1:]
		}
		_ = json.NewEncoder(w).Encode(event.Order{ID: 7, Status: state})
	})
	if o, err := call.OrderPaid(t.Context(), 7); err != nil || o.Status != event.OrderIsComplete {
		t.Error(o.Status, err)
	}
	states = []event.OrderStatus{event.OrderIsCreated}
	if o, err := call.OrderPaid(t.Context(), 7); err != nil || o.Status != event.OrderIsCreated {
		t.Error("late is no error:", o.Status, err)
	}
}
