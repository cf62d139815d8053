package gateway_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/gittix/ticketing/functions/payments/gateway"
	"github.com/gittix/ticketing/shared/embedded/stripeserver"
)

// Whichever is first, both are told the same, and the money agrees.
func TestCancelAgainstConfirm(t *testing.T) {
	t.Parallel()
	for range 20 {
		sandbox, g := openSandbox(t, stripeserver.Config{})
		prepared := prepare(t, g, "tok_visa")
		var confirmed, cancelled gateway.Intent
		var confirmErr, cancelErr error
		var both sync.WaitGroup
		both.Go(func() { confirmed, confirmErr = g.Confirm(t.Context(), "attempt", prepared.ID) })
		both.Go(func() { cancelled, cancelErr = g.Cancel(t.Context(), "attempt", prepared.ID) })
		both.Wait()
		if confirmErr != nil || cancelErr != nil || confirmed.Status != cancelled.Status {
			t.Fatalf("confirm: %s, %v; cancel: %s, %v", confirmed.Status, confirmErr, cancelled.Status, cancelErr)
		}
		if charged := len(sandbox.Ledger().Charges); charged != map[gateway.Status]int{gateway.Succeeded: 1, gateway.Cancelled: 0}[confirmed.Status] {
			t.Fatalf("%s, and %d charges", confirmed.Status, charged)
		}
	}
}

func TestCancelDuringConfirm(t *testing.T) {
	t.Parallel()
	arrived, released := make(chan bool), make(chan bool)
	_, g := openSandbox(t, stripeserver.Config{Slow: func(context.Context) { close(arrived); <-released }})
	prepared := prepare(t, g, "pm_sandbox_slow")
	confirmed := make(chan error, 1)
	go func() {
		_, err := g.Confirm(t.Context(), "attempt", prepared.ID)
		confirmed <- err
	}()
	<-arrived
	if _, err := g.Cancel(t.Context(), "attempt", prepared.ID); !errors.Is(err, gateway.ErrUnavailable) {
		t.Errorf("Cancel: %v", err)
	}
	if _, err := g.Confirm(t.Context(), "attempt", prepared.ID); !errors.Is(err, gateway.ErrUnavailable) {
		t.Errorf("Confirm with the key under way: %v", err)
	}
	close(released)
	if err := <-confirmed; err != nil {
		t.Error(err)
	}
	if after, err := g.Cancel(t.Context(), "attempt", prepared.ID); err != nil || after.Status != gateway.Succeeded {
		t.Errorf("Cancel afterwards: %+v, %v", after, err)
	}
}

func TestNoConfirmAfterCancel(t *testing.T) {
	t.Parallel()
	for _, token := range []string{"tok_visa", "tok_threeDSecure2Required", "tok_chargeDeclined"} {
		sandbox, g := openSandbox(t, stripeserver.Config{})
		prepared := prepare(t, g, token)
		if token != "tok_visa" { // these are cancelled half way
			if _, err := g.Confirm(t.Context(), "early", prepared.ID); err != nil && !errors.Is(err, gateway.ErrDeclined) {
				t.Fatal(err)
			}
		}
		for _, key := range []string{"attempt", "attempt", "another"} {
			if cancelled, err := g.Cancel(t.Context(), key, prepared.ID); err != nil || cancelled.Status != gateway.Cancelled {
				t.Errorf("%s: Cancel(%s): %+v, %v", token, key, cancelled, err)
			}
		}
		if late, err := g.Confirm(t.Context(), "late", prepared.ID); err != nil || late.Status != gateway.Cancelled {
			t.Errorf("%s: late Confirm: %+v, %v", token, late, err)
		}
		if charges := sandbox.Ledger().Charges; len(charges) != 0 {
			t.Errorf("%s: money moved: %+v", token, charges)
		}
	}
}

// Stripe repeats a refusal, or a 500, to the same key for a day: what it had no effect on is tried again under another.
func TestStoredFailures(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault   stripeserver.Fault
		unknown bool // at first
	}{
		"a 500":               {stripeserver.Fault{Status: 500}, true},
		"too little balance":  {stripeserver.Fault{Status: 400, Code: "balance_insufficient"}, false},
		"a rotated key":       {stripeserver.Fault{Status: 401}, false},
		"no permission":       {stripeserver.Fault{Status: 403}, false},
		"a lock":              {stripeserver.Fault{Status: 429, Code: "lock_timeout"}, false},
		"a state that passes": {stripeserver.Fault{Status: 400, Code: "payment_intent_unexpected_state"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sandbox, g := openSandbox(t, stripeserver.Config{})
			open, paid := prepare(t, g, "tok_visa"), prepareAs(t, g, "another", "tok_visa")
			if _, err := g.Confirm(t.Context(), "another", paid.ID); err != nil {
				t.Fatal(err)
			}
			undo := map[string]func(key string) error{
				"cancel": func(key string) error { _, err := g.Cancel(t.Context(), key, open.ID); return err },
				"refund": func(key string) error { _, err := g.Refund(t.Context(), key, paid.ID); return err },
			}
			for call, try := range undo {
				if call == "refund" && c.fault.Code == "payment_intent_unexpected_state" {
					continue // that is no answer to a refund
				}
				sandbox.Fail(stripeserver.Fault{Method: "POST", Status: c.fault.Status, Code: c.fault.Code})
				if err := try("key"); !errors.Is(err, gateway.ErrUnavailable) || errors.Is(err, gateway.ErrUnknown) != c.unknown {
					t.Errorf("%s: %v", call, err)
				}
				sandbox.Fail(stripeserver.Fault{})
				if err := try("key"); errors.Is(err, gateway.ErrUnknown) {
					t.Errorf("%s, with the same key: %v", call, err)
				}
				if err := try("key-1"); err != nil {
					t.Errorf("%s, with another key: %v", call, err)
				}
			}
			if found, err := g.Find(t.Context(), open.ID); err != nil || found.Status != gateway.Cancelled {
				t.Errorf("%+v, %v", found, err)
			}
			if refunds := sandbox.Ledger().Refunds; len(refunds) > 1 {
				t.Errorf("%+v", refunds)
			}
		})
	}
}
