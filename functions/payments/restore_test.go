package payments

import (
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
)

// restored runs the last step of a restore, first without acting, and checks what it says.
func (f fixture) restored(want ...string) {
	f.t.Helper()
	for _, act := range []bool{false, true} {
		before := f.stripe.sandbox.Ledger()
		lines, err := f.Restore().End(f.t.Context(), time.Now().Add(-time.Hour), act)
		f.Must(err)
		for i, line := range lines {
			if i >= len(want) || !strings.Contains(line, want[i]) {
				f.t.Errorf("act %v: %q, want %q", act, lines, want)
				break
			}
		}
		if len(lines) != len(want) {
			f.t.Errorf("act %v: %q, want %q", act, lines, want)
		}
		if after := f.stripe.sandbox.Ledger(); !act && (len(after.Refunds) != len(before.Refunds) || len(f.events()) > 0) {
			f.t.Errorf("it has acted: %+v", after)
		}
	}
}

// lose deletes rows, as a restore to an earlier moment does.
func (f fixture) lose(tables ...string) {
	f.t.Helper()
	for _, table := range tables {
		_, err := f.db.Exec(f.t.Context(), `DELETE FROM `+table)
		f.Must(err)
	}
	f.Announced()
}

// A payment that was made after the backup is found at Stripe, and is what it was: with its id, which its order may know.
func TestRestoreFindsPayments(t *testing.T) {
	t.Parallel()
	f := placed(t)
	f.refused(1, "tok_chargeDeclined", 400, "Stripe charge failed.")
	was := f.paid(1, "tok_visa").Payment
	f.lose("payments")
	f.Must(f.Restore().Begin(t.Context()))
	f.copy(order(1))
	f.restored("was lost, and is noted again")
	f.want(1, 1, event.PaymentSucceeded)
	f.announced("payments.created payment/2")
	if now := f.payments(1)[0]; now.ID != was.ID || now.StripeCharge != was.StripeCharge {
		t.Errorf("%+v, it was %+v", now.Payment, was)
	}
	f.restored() // there is nothing left
	f.copy(order(2))
	if next := f.paid(2, "tok_visa").Payment; next.ID < 1000 {
		t.Errorf("the next id is %d", next.ID)
	}
}

// A restore does not end before orders has announced most of the copies, and none arrives any more: what is missing counts as lost.
func TestRestoreWaitsForAnnouncements(t *testing.T) {
	t.Parallel()
	f := placed(t)
	f.copy(order(2))
	f.copy(order(3))
	arrived := func() error { return f.Restore().Arrived(t.Context()) }
	f.Must(arrived())
	f.Must(f.Restore().Begin(t.Context()))
	for id, want := range []string{"3 of 3 copies in orders", "2 of 3 copies in orders"} {
		if err := arrived(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
		f.copy(order(int32(id + 1)))
	}
	f.Must(arrived())
	f.restored("order 3 is lost")
}

// One that had begun before the backup, and was given up since nothing is known of it, is found, too; and what went back since.
func TestRestoreFindsWhatBecameOfPayments(t *testing.T) {
	t.Parallel()
	f := toRefund(t)
	f.Must(f.reject(1, 1))
	_, err := f.db.Exec(t.Context(), `UPDATE payments SET status = 'pending', intent_id = '', charge_id = '', charged = 0, version = 0, refunded = 0, refund = '', owed_since = NULL, next_attempt_at = NULL`)
	f.Must(err)
	f.Announced()
	f.pass(stale)
	f.reconcile()
	f.want(1, 1, event.PaymentFailed)
	f.restored("was lost, and is noted again")
	f.want(1, 1, event.PaymentIsRefunded)
	f.announced("payments.created payment/1", "payments.refunded payment/1")
}

// A payment that cannot be noted again, since its order has another by now, holds up no others.
func TestRestoreGoesOnBehindFailures(t *testing.T) {
	t.Parallel()
	f := placed(t)
	f.copy(order(2))
	f.paid(1, "tok_visa")
	f.paid(2, "tok_visa")
	f.lose("payments")
	f.Must(f.Restore().Begin(t.Context()))
	f.copy(order(1))
	f.copy(order(2))
	f.paid(1, "tok_visa")
	if did, err := f.Restore().End(t.Context(), time.Now().Add(-time.Hour), true); err == nil || !strings.Contains(err.Error(), "payment 1 of order 1") {
		t.Errorf("%q, %v", did, err)
	}
	f.want(2, 1, event.PaymentSucceeded)
}

// Money for an order that is lost goes back, once.
func TestRestoreGivesBackMoneyOfLostOrders(t *testing.T) {
	t.Parallel()
	f := placed(t)
	f.paid(1, "tok_visa")
	f.lose("payments", "orders")
	f.restored("is lost with its order: its money goes back")
	f.restored()
	if l := f.stripe.sandbox.Ledger(); l.Kept()[1] != 0 || len(l.Refunds) != 1 {
		t.Errorf("%+v", l)
	}
}

// An attempt that asks for a second step is cancelled: its buyer's page is open still.
func TestRestoreCancelsOpenAttempts(t *testing.T) {
	t.Parallel()
	f := placed(t)
	if a := f.pay(1, "tok_threeDSecure2Required"); a.Status != 202 {
		t.Fatal(a)
	}
	f.lose("payments")
	f.restored("is lost, and nothing was charged: it is cancelled")
	f.restored()
	f.want(1, 0)
}

// What another system has done on the same account is not ours to touch.
func TestRestoreLeavesOtherSystemsAlone(t *testing.T) {
	t.Parallel()
	f := placed(t)
	f.paid(1, "tok_visa")
	f.lose("payments", "orders")
	_, err := f.db.Exec(t.Context(), `UPDATE installation SET id = gen_random_uuid()`)
	f.Must(err)
	f.installation.Store(nil)
	f.restored()
	f.want(1, 1)
}

// Nor is a payment of another amount than its order's.
func TestRestoreLeavesOtherAmountsAlone(t *testing.T) {
	t.Parallel()
	f := placed(t)
	f.paid(1, "tok_visa")
	f.lose("payments", "orders")
	other := order(1)
	other.Ticket.Price++
	f.copy(other)
	f.restored("is left alone")
	f.want(1, 1)
}

// An order that this service alone knows counts as cancelled, and its money goes back by itself.
func TestRestoreEndsOrdersThatAreLost(t *testing.T) {
	t.Parallel()
	f := placed(t)
	f.paid(1, "tok_visa")
	done := order(1)
	done.Version, done.Status = 1, event.OrderIsComplete
	f.copy(done)
	f.reconcile() // it is kept
	f.Must(f.Restore().Begin(t.Context()))
	if o, err := findOrder(t.Context(), f.db, 1); err != nil || o.Status != event.OrderIsComplete {
		t.Errorf("%+v, %v", o, err)
	}
	f.Announced()
	lines, err := f.Restore().End(t.Context(), time.Now(), true)
	if f.Must(err); len(lines) != 1 {
		t.Errorf("%q", lines)
	}
	f.reconcile()
	f.want(1, 1, event.PaymentIsRefunded)
	if l := f.stripe.sandbox.Ledger(); l.Kept()[1] != 0 {
		t.Errorf("%+v", l)
	}
	done.Version = postgres.Unconfirmed + 1
	f.copy(done) // any version replaces it
	if o, err := findOrder(t.Context(), f.db, 1); err != nil || o.Status != event.OrderIsComplete {
		t.Errorf("%+v, %v", o, err)
	}
}
