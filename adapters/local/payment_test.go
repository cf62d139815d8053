package local

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/chaos/shopper"
	"github.com/gittix/ticketing/shared/event"
)

func testDeclinedCard(t *testing.T, w *world) {
	buyer := w.shopper(t)
	order := w.ordered(t, buyer, "7.5")
	for _, token := range []string{"tok_chargeDeclined", "tok_unheardOf"} {
		if _, err := buyer.Pay(t.Context(), order.ID, token); !shopper.IsRefused(err, http.StatusBadRequest, "Stripe charge failed.") {
			t.Errorf("%s: %v", token, err)
		}
	}
	if _, err := w.shopper(t).Pay(t.Context(), order.ID, "tok_visa"); !shopper.IsRefused(err, http.StatusUnauthorized, "Not Authorized.") {
		t.Errorf("somebody else pays: %v", err)
	}
	if _, err := buyer.Pay(t.Context(), order.ID, "tok_mastercard"); err != nil {
		t.Fatalf("a good card after bad ones: %v", err)
	}
	w.becomes(t, buyer, order.ID, complete)
	if charges := w.ledger().ChargesOf(order.ID); len(charges) != 1 || charges[0].AmountCents != 750 {
		t.Errorf("charges %+v", charges)
	}
}

// authenticate is the page on which the buyer does the second step.
func (w *world) authenticate(t *testing.T, r shopper.Receipt, outcome string) {
	t.Helper()
	form := url.Values{"client_secret": {r.ClientSecret}, "outcome": {outcome}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		w.URL()+"/sandbox/payment_intents/"+r.Intent()+"/authenticate", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if status, body, err := w.stranger(t).Send(req); err != nil || status != http.StatusOK {
		t.Fatalf("authenticate: %d %s %v", status, body, err)
	}
}

// asked pays with a card that wants a second step.
func (w *world) asked(t *testing.T, buyer *shopper.Shopper, order int32) shopper.Receipt {
	t.Helper()
	receipt, err := buyer.Pay(t.Context(), order, "tok_threeDSecure2Required")
	if err != nil || receipt.Message != "Payment needs action." || receipt.Intent() == "" {
		t.Fatalf("receipt %+v, %v", receipt, err)
	}
	if charges := w.ledger().ChargesOf(order); len(charges) != 0 {
		t.Fatalf("charged before the second step: %+v", charges)
	}
	return receipt
}

func testSecondStep(t *testing.T, w *world) {
	buyer := w.shopper(t)
	order := w.ordered(t, buyer, "20")
	w.authenticate(t, w.asked(t, buyer, order.ID), "succeed")
	w.becomes(t, buyer, order.ID, complete) // a webhook says so
	if charges := w.ledger().ChargesOf(order.ID); len(charges) != 1 {
		t.Errorf("charges %+v", charges)
	}
}

func testFailedSecondStep(t *testing.T, w *world) {
	buyer := w.shopper(t)
	order := w.ordered(t, buyer, "20")
	w.authenticate(t, w.asked(t, buyer, order.ID), "fail")
	w.paid(t, buyer, order.ID, "tok_visa")
	w.becomes(t, buyer, order.ID, complete)
	if charges := w.ledger().ChargesOf(order.ID); len(charges) != 1 {
		t.Errorf("charges %+v", charges)
	}
}

// testLatePayment: the money arrives after the order has ended, and goes back.
func testLatePayment(t *testing.T, w *world) {
	buyer := w.shopper(t)
	order := w.ordered(t, buyer, "33")
	receipt := w.asked(t, buyer, order.ID)
	if _, err := buyer.CancelOrder(t.Context(), order.ID); err != nil {
		t.Fatal(err)
	}
	w.authenticate(t, receipt, "succeed")
	ended := w.becomes(t, buyer, order.ID, func(o event.Order) bool { return o.RefundedAt != nil })
	if !cancelled(ended) {
		t.Errorf("order %+v", ended)
	}
	if kept := w.ledger().Kept(); kept[order.ID] != 0 || len(w.ledger().ChargesOf(order.ID)) != 1 {
		t.Errorf("%d cents kept of %+v", kept[order.ID], w.ledger())
	}
	w.holds(t, order.TicketID, 0)
}
