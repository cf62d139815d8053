package payments

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/gittix/ticketing/functions/payments/gateway"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/function"
)

// StripeEvent is what Stripe sends, and signs.
type StripeEvent struct {
	Signature string          `json:"-" header:"Stripe-Signature" example:"t=1700000000,v1=0a1b2c"`
	ID        string          `json:"id" example:"evt_1"`
	Type      string          `json:"type" example:"payment_intent.succeeded"`
	Data      json.RawMessage `json:"data" type:"object" example:"{}"` // with the PaymentIntent as its object
}

// StripeWebhook receives from Stripe that an intent has changed, and settles its payment by asking Stripe how it stands now:
// webhooks come late, twice and in any order.
//
// Errors: ErrInvalidSignature, apierror.ErrTooLarge; 503 where Stripe is to send it again.
func (p *Payments) StripeWebhook(w http.ResponseWriter, r *http.Request) {
	payload, err := io.ReadAll(r.Body)
	if err != nil {
		function.Fail(w, r, apierror.ErrTooLarge)
		return
	}
	intentID, err := p.gateway.ParseWebhook(payload, r.Header.Get("Stripe-Signature"))
	if err != nil {
		function.Fail(w, r, ErrInvalidSignature.With(err))
		return
	}
	if err := p.intentMoved(r.Context(), intentID); err != nil {
		function.Fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// intentMoved settles the payment of an intent. An intent of no payment is no concern of ours.
func (p *Payments) intentMoved(ctx context.Context, intentID string) error {
	payment, err := findPaymentOf(ctx, p.db, intentID)
	if errors.Is(err, errUnknownPayment) {
		return nil
	}
	if err != nil {
		return err
	}
	intent, err := p.gateway.Find(ctx, intentID)
	if err != nil {
		return translate(err)
	}
	if intent.Status == gateway.NeedsConfirmation {
		return nil // CreatePayment is about to confirm it
	}
	_, _, err = p.settle(ctx, payment, intent)
	return err
}
