package payments

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/embedded/stripeserver"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
)

// ways by which the service learns what others have done at Stripe.
var ways = map[string]func(fixture){
	"by webhook": func(f fixture) { f.tellOfRefunds(f.payments(1)[0]) },
	"by asking":  func(f fixture) { f.Must(f.Tick("find-reversals")) },
}

// What is done in the dashboard, or by a bank, is heard and announced, once.
func TestReversalsElsewhere(t *testing.T) {
	t.Parallel()
	for way, learn := range ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			f := placed(t)
			f.paid(1, "tok_pendingRefund")
			f.announced("payments.created payment/1")
			step := func(what string, status event.PaymentStatus, refund event.RefundStatus, refunded int64, dispute event.Dispute, events ...string) {
				t.Helper()
				learn(f)
				learn(f)
				p := f.payments(1)[0]
				if p.Status != status || p.Refund != refund || p.Refunded != refunded || p.Dispute != dispute {
					t.Errorf("%s: %+v", what, p)
				}
				f.announced(events...)
			}
			paid := f.payments(1)[0]
			some, all := int64(1000), int64(price)
			const updated, gone = "payments.updated payment/1", "payments.refunded payment/1"

			f.refundElsewhere(paid, some)
			step("a part is accepted", event.PaymentSucceeded, "", 0, "")
			f.settled(paid, "succeed")
			step("a part has arrived", event.PaymentSucceeded, "", some, "", updated)
			f.refundElsewhere(paid, 0)
			step("the rest is accepted", event.PaymentSucceeded, event.RefundPending, some, "", updated)
			f.settled(paid, "succeed")
			step("all has arrived", event.PaymentIsRefunded, "", all, "", gone)
			f.settled(paid, "fail")
			step("the rest came back", event.PaymentSucceeded, event.RefundFailed, some, "", updated)

			f.disputed(paid)
			step("disputed", event.PaymentSucceeded, event.RefundFailed, some, event.DisputeOpen, updated)
			f.closed(paid, "win")
			step("won", event.PaymentSucceeded, event.RefundFailed, some, event.DisputeWon, updated)
			f.disputed(paid)
			f.closed(paid, "lose")
			step("lost", event.PaymentIsRefunded, "", all, event.DisputeLost, gone)

			f.refused(1, "tok_visa", 409, "Order is already paid.")
			f.Counted(map[string]float64{
				"payments_total outcome=refunded": 2, "payments_total outcome=refund_failed": 1, "payments_total outcome=disputed": 1,
				"payments_total outcome=dispute_won": 1, "payments_total outcome=dispute_lost": 1, "refunds_owed": 0,
			})
		})
	}
}

// A refund that we owe, and that fails on its way, is made again; while it is under way, it is not made twice.
func TestOwedRefundFailsOnItsWay(t *testing.T) {
	t.Parallel()
	f := placed(t)
	f.paid(1, "tok_pendingRefund")
	f.Must(f.reject(1, 1))
	f.announced("payments.created payment/1", "payments.updated payment/1", "payments.updated payment/1")
	settle := func(outcome string) { f.settled(f.payments(1)[0], outcome) }
	for range 3 {
		f.pass(48 * time.Hour)
		f.reconcile()
		if p := f.payments(1)[0]; p.Refund != event.RefundPending || p.Status != event.PaymentSucceeded || len(f.stripe.sandbox.Ledger().Refunds) != 1 {
			t.Errorf("%+v", p)
		}
	}
	f.Counted(map[string]float64{"refunds_owed": 0, "refunds_oldest_age_seconds": 0}) // Stripe has it
	settle("fail")
	f.pass(48 * time.Hour)
	f.reconcile() // makes another
	settle("succeed")
	f.pass(48 * time.Hour)
	f.reconcile()
	f.want(1, 1, event.PaymentIsRefunded)
	f.announced("payments.refunded payment/1")
	settle("fail") // weeks later
	ways["by asking"](f)
	f.want(1, 1, event.PaymentSucceeded)
	f.Counted(map[string]float64{"refunds_owed": 1})
	f.reconcile()
	settle("succeed")
	ways["by webhook"](f)
	f.want(1, 1, event.PaymentIsRefunded)
	f.announced("payments.updated payment/1", "payments.updated payment/1", "payments.refunded payment/1")
}

// While a bank has the money, none is sent; what it took from us needs no refund.
func TestOwedRefundOfADisputedPayment(t *testing.T) {
	t.Parallel()
	for outcome, refunds := range map[string]int{"win": 1, "lose": 0} {
		f := placed(t)
		f.paid(1, "tok_createDispute")
		f.Must(f.reject(1, 1))
		if p := f.payments(1)[0]; p.Dispute != event.DisputeOpen || p.Refund != event.RefundOwed || len(f.stripe.sandbox.Ledger().Refunds) != 0 {
			t.Errorf("%+v", p)
		}
		f.Counted(map[string]float64{"refunds_owed": 0})
		f.closed(f.payments(1)[0], outcome)
		f.pass(time.Minute)
		f.reconcile()
		f.want(1, 1, event.PaymentIsRefunded)
		made := slices.DeleteFunc(slices.Clone(f.stripe.sandbox.Ledger().Refunds), func(r stripeserver.Refund) bool { return strings.HasPrefix(r.ID, "dp_") })
		if kept := f.stripe.sandbox.Ledger().Kept()[1]; kept != 0 || len(made) != refunds {
			t.Errorf("%s: %d cents are kept, %+v", outcome, kept, made)
		}
	}
}

// What could not be looked after is asked for again, by one process at a time.
func TestAskingAgain(t *testing.T) {
	t.Parallel()
	f := placed(t)
	f.paid(1, "tok_visa")
	f.refundElsewhere(f.payments(1)[0], 0)
	f.stripe.on("after events", func() { f.stripe.away.Store(true) })
	if err := f.Tick("find-reversals"); err == nil {
		t.Error("Stripe was away, and nobody says so")
	}
	f.stripe.away.Store(false)
	f.want(1, 1, event.PaymentSucceeded)
	leased := func(until, asked string) {
		f.exec(`UPDATE stripe_events SET leased_until = now() + $1::interval, asked_until = now() - $2::interval`, until, asked)
		f.Must(f.Tick("find-reversals"))
	}
	leased("1 minute", "1 minute") // another process is at it
	f.want(1, 1, event.PaymentSucceeded)
	leased("-1 second", "50 hours") // the service was away for so long; a day at a time
	f.Must(f.Tick("find-reversals"))
	f.want(1, 1, event.PaymentSucceeded)
	f.Must(f.Tick("find-reversals"))
	f.want(1, 1, event.PaymentIsRefunded)
}

// A run that cannot read all pages of many events goes on where the one before it ended.
func TestManyReversals(t *testing.T) {
	t.Parallel()
	f := placed(t)
	f.copy(order(2))
	f.paid(1, "tok_visa")
	f.paid(2, "tok_visa")
	f.refundElsewhere(f.payments(1)[0], 0) // the oldest event, on the last page
	for range 250 {
		f.refundElsewhere(f.payments(2)[0], 10)
	}
	asked := 0
	onlyThe := func(which func(int) bool) {
		asked = 0
		hook := func(moment string) {
			if moment == "before events" {
				asked++
			}
			f.stripe.away.Store(moment == "before events" && !which(asked))
		}
		f.stripe.hook.Store(&hook)
	}
	nextRun := func() error {
		f.exec(`UPDATE stripe_events SET leased_until = '-infinity'`)
		return f.Tick("find-reversals")
	}
	onlyThe(func(n int) bool { return n%2 == 1 })
	runs := 1
	for ; nextRun() != nil && runs < 10; runs++ {
		f.want(1, 1, event.PaymentSucceeded)
	}
	f.want(1, 1, event.PaymentIsRefunded)
	if paid := f.payments(2)[0]; paid.Refunded != 2500 || runs < 3 {
		t.Errorf("%+v after %d runs", paid, runs)
	}
	onlyThe(func(int) bool { return true })
	if err := nextRun(); err != nil || asked != runs { // events are asked for twice for two minutes
		t.Errorf("%v, and %d pages are asked for, want %d", err, asked, runs)
	}
}

// Where Stripe knows nothing of the event that was read last, the listing begins anew.
func TestForgottenEvent(t *testing.T) {
	t.Parallel()
	f := placed(t)
	f.paid(1, "tok_visa")
	f.refundElsewhere(f.payments(1)[0], 0)
	f.exec(`UPDATE stripe_events SET read_last = 'evt_gone', reading_until = now()`)
	if err := f.Tick("find-reversals"); err == nil {
		t.Error("Stripe has refused, and no error says so")
	}
	f.want(1, 1, event.PaymentSucceeded)
	f.exec(`UPDATE stripe_events SET leased_until = '-infinity'`)
	f.Must(f.Tick("find-reversals"))
	f.want(1, 1, event.PaymentIsRefunded)
}

// What Stripe refuses to tell of one payment holds up none of the others, and is asked for again in an hour.
func TestRefusedReversalsHoldUpNothing(t *testing.T) {
	t.Parallel()
	f := placed(t)
	f.paid(1, "tok_visa")
	f.refundElsewhere(f.payments(1)[0], 0)
	f.stripe.sandbox.Fail(stripeserver.Fault{Call: "/refunds", Method: "GET", Status: 404})
	f.Must(f.Tick("find-reversals"))
	f.want(1, 1, event.PaymentSucceeded)
	f.Counted(map[string]float64{"stripe_request_duration_seconds operation=find-reversals outcome=refused": 1})
	if n := f.Logged("Stripe refuses to tell of a payment's refunds"); n != 1 {
		t.Errorf("%d lines in the log", n)
	}
	if asked, err := postgres.One(t.Context(), f.db, pgx.RowTo[bool], `SELECT now() - asked_until < interval '1 minute' FROM stripe_events`); err != nil || !asked {
		t.Error("the events after it are not asked for", err)
	}
	f.stripe.sandbox.Fail(stripeserver.Fault{})
	f.exec(`UPDATE stripe_events SET asked_until = now() + interval '1 hour'`) // nothing is new
	for pause, want := range []event.PaymentStatus{event.PaymentSucceeded, event.PaymentIsRefunded} {
		f.pass(time.Duration(pause) * time.Hour)
		f.Must(f.Tick("find-reversals"))
		f.want(1, 1, want)
	}
}
