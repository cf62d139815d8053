package payments

import (
	"testing"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// TestOrderPayment: what is said of an order's money is what Stripe has done, or that it is not known yet.
func TestOrderPayment(t *testing.T) {
	t.Parallel()
	f := placed(t)
	const path = "/api/payments/orders/1"
	is := func(what string, status event.PaymentStatus, needsAction bool) {
		t.Helper()
		got := functiontest.Parse[OrderPayment](t, f.Call(buyer, "GET", path, ""), 200)
		var stands event.PaymentStatus
		if got.Payment != nil {
			stands = got.Payment.Status
		}
		if stands != status || got.NeedsAction != needsAction {
			t.Errorf("%s: %q, needs action: %v", what, stands, got.NeedsAction)
		}
	}
	is("nothing yet", "", false)
	f.refused(1, "tok_chargeDeclined", 400, "Stripe charge failed.")
	is("declined", event.PaymentFailed, false)
	f.asked(1)
	is("asked for a second step", event.PaymentPending, true)
	asked := false
	f.stripe.on("after confirm", func() { asked = true; is("under way", event.PaymentPending, false) })
	if f.paid(1, "tok_visa"); !asked {
		t.Error("not asked while it was under way")
	}
	is("paid", event.PaymentSucceeded, false)
	f.Must(f.reject(1, f.payments(1)[2].ID))
	is("refunded", event.PaymentIsRefunded, false)
	f.Announced()

	f.Refuses(stranger, "GET", path, "", 401, "Not Authorized.")
	f.Refuses(0, "GET", path, "", 401, "Not authorized.")
	f.Refuses(buyer, "GET", "/api/payments/orders/2", "", 404, "Order not found.")
	f.Refuses(buyer, "GET", "/api/payments/orders/x", "", 400, "Invalid id.")
}
