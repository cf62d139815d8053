package payments

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/gittix/ticketing/functions/payments/gateway"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

// StripeEvent is what Stripe sends, and signs.
type StripeEvent struct {
	Signature string          `json:"-" header:"Stripe-Signature" example:"t=1700000000,v1=0a1b2c"`
	ID        string          `json:"id" example:"evt_1"`
	Type      string          `json:"type" example:"payment_intent.succeeded"`
	Data      json.RawMessage `json:"data" type:"object" example:"{}"` // with the PaymentIntent, Charge, Refund or Dispute as its object
}

// StripeWebhook receives from Stripe that an intent has changed, or a refund or dispute of it, and settles its payment by asking
// Stripe how it stands now: webhooks come late, twice and in any order. What is of no payment, or in no form that is known,
// is taken, and logged: Stripe would send it again for days.
//
// Errors: ErrInvalidSignature, apierror.ErrTooLarge; 503 where Stripe is to send it again.
func (p *Payments) StripeWebhook(w http.ResponseWriter, r *http.Request) {
	payload, err := io.ReadAll(r.Body)
	if err != nil {
		function.Fail(w, r, apierror.ErrTooLarge)
		return
	}
	notice, err := p.gateway.ParseWebhook(payload, r.Header.Get("Stripe-Signature"))
	if err != nil {
		function.Fail(w, r, ErrInvalidSignature.With(err))
		return
	}
	known, err := p.followIntent(r.Context(), notice.IntentID, notice.Reversal)
	if err != nil {
		function.Fail(w, r, err)
		return
	}
	if !known {
		function.Log(r.Context()).InfoContext(r.Context(), "webhook is about no payment", "event", notice.ID, "type", notice.Type, "intent", notice.IntentID)
	}
	w.WriteHeader(http.StatusOK)
}

// followIntent brings the payment of an intent to where the intent stands and, if they have changed, its refunds and disputes. It
// reports whether there is such a payment.
func (p *Payments) followIntent(ctx context.Context, intentID string, reversal bool) (known bool, err error) {
	payment, err := findPaymentOf(ctx, p.db, intentID)
	if errors.Is(err, errUnknownPayment) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if payment.Status == event.PaymentPending {
		intent, err := p.gateway.Find(ctx, intentID)
		if err != nil {
			return true, translate(err)
		}
		if intent.Status == gateway.NeedsConfirmation {
			return true, nil // CreatePayment is about to confirm it
		}
		if payment, _, err = p.settle(ctx, payment, intent); err != nil {
			return true, err
		}
	}
	if !reversal || payment.Status != event.PaymentSucceeded && payment.Status != event.PaymentIsRefunded {
		return true, nil
	}
	reversals, err := p.gateway.FindReversals(ctx, intentID)
	if err != nil {
		return true, translate(err)
	}
	return true, p.note(ctx, payment.ID, reversals)
}
