package gateway_test

import (
	"context"
	"errors"
	"net/http"
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

// Stripe repeats a 500 to the same key for a day: an undo must not wait so long.
func TestUndoOutlivesAStoredFailure(t *testing.T) {
	t.Parallel()
	sandbox, _ := openSandbox(t, stripeserver.Config{})
	var keys sync.Map
	g := at(t, func(w http.ResponseWriter, r *http.Request) {
		if key := r.Header.Get("Idempotency-Key"); key == "attempt-cancel" || key == "attempt-refund" {
			if _, stored := keys.LoadOrStore(key, true); stored {
				w.Header().Set("Idempotent-Replayed", "true")
			}
			http.Error(w, `{"error":{"type":"api_error","message":"no"}}`, http.StatusInternalServerError)
			return
		}
		sandbox.ServeHTTP(w, r)
	})
	prepared := prepare(t, g, "tok_visa")
	if _, err := g.Confirm(t.Context(), "attempt", prepared.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Cancel(t.Context(), "attempt", prepared.ID); !errors.Is(err, gateway.ErrUnavailable) {
		t.Errorf("Cancel, when Stripe fails: %v", err)
	}
	if paid, err := g.Cancel(t.Context(), "attempt", prepared.ID); err != nil || paid.Status != gateway.Succeeded {
		t.Errorf("Cancel, again: %+v, %v", paid, err)
	}
	if err := g.Refund(t.Context(), "attempt", prepared.ID); !errors.Is(err, gateway.ErrUnavailable) {
		t.Errorf("Refund, when Stripe fails: %v", err)
	}
	for _, key := range []string{"attempt", "attempt", "another"} { // what went back before is no error
		if err := g.Refund(t.Context(), key, prepared.ID); err != nil {
			t.Errorf("Refund(%s): %v", key, err)
		}
	}
	if ledger := sandbox.Ledger(); len(ledger.Refunds) != 1 || ledger.Kept()[3] != 0 {
		t.Errorf("%+v", ledger)
	}
}
