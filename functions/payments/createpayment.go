package payments

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gittix/ticketing/functions/payments/gateway"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

// CreatePaymentRequest names the order, and the card as Stripe knows it.
type CreatePaymentRequest struct {
	OrderID function.LooseID     `json:"orderId" example:"1"`
	Token   function.LooseString `json:"token" example:"tok_visa"` // Stripe's name of a card: tok_… or pm_…; any other is declined
}

// Validate checks the form. Errors: ErrInvalidOrderID.
func (r *CreatePaymentRequest) Validate() error {
	if r.OrderID == 0 {
		return ErrInvalidOrderID
	}
	return nil
}

// CopyID is the order's.
func (r CreatePaymentRequest) CopyID() int32 { return int32(r.OrderID) }

// CreatePaymentReply holds a payment, or the second step that it needs.
type CreatePaymentReply struct {
	Message      string         `json:"message"`
	ClientSecret string         `json:"clientSecret,omitempty"` // for Stripe.js to do the second step
	Charge       *event.Charge  `json:"charge,omitempty"`
	Payment      *event.Payment `json:"payment,omitempty"`
	Seq          int64          `json:"seq,omitempty"` // the event's position in the outbox
}

// Respond answers 202 while the second step is to be done.
func (r CreatePaymentReply) Respond(_ http.Header, status int) int {
	if r.ClientSecret != "" {
		return http.StatusAccepted
	}
	return status
}

// CreatePayment charges the signed-in user's order. Once it has begun it goes on even if the client leaves.
//
// Errors: ErrInvalidOrderID, ErrOrderNotFound, ErrNotTheBuyer, ErrOrderCancelled, ErrOrderExpired,
// ErrNotPayable, ErrPaid, ErrInProgress, ErrTooManyAttempts, ErrChargeFailed, ErrNotChargeable, ErrRefused; apierror.Unavailable when Stripe is unavailable or did not answer in time:
// ReconcilePayments then settles the payment.
func (p *Payments) CreatePayment(ctx context.Context, req CreatePaymentRequest) (none CreatePaymentReply, _ error) {
	buyer := session.User(ctx)
	ctx, end := function.Detach(ctx, p.longest())
	defer end()
	order, err := findOrder(ctx, p.db, int32(req.OrderID))
	if err != nil {
		return none, err
	}
	if err := order.Payable(buyer, p.now()); err != nil {
		return none, err
	}
	payment, err := p.begin(ctx, order)
	if errors.Is(err, ErrInProgress) && payment.NeedsAction {
		if err := p.failBecause(ctx, payment, failed, nil); err != nil { // its second step gives way to this attempt
			return none, err
		}
		payment, err = p.begin(ctx, order)
	}
	if err != nil {
		return none, err
	}

	system, err := p.mark(ctx)
	if err == nil {
		err = p.awaited(ctx, order, payment)
	}
	if err != nil { // nothing was asked of Stripe
		return none, p.failBecause(ctx, payment, failed, err)
	}
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()

	intent, err := p.gateway.Prepare(ctx, gateway.Attempt{
		Key: payment.Key, System: system, OrderID: order.ID, PaymentID: payment.ID, AmountCents: int64(payment.Amount), Token: string(req.Token),
	})
	if err != nil { // nothing was confirmed, so nothing can have been charged
		if errors.Is(err, gateway.ErrRefused) {
			function.Log(ctx).ErrorContext(ctx, "Stripe refuses a payment", "error", err)
		}
		return none, p.failBecause(ctx, payment, outcomeOf(err), translate(err))
	}
	if payment, err = savePrepared(ctx, p.db, payment.ID, intent.ID); err != nil { // before any money can move
		return none, err
	}
	intent, err = p.gateway.Confirm(ctx, payment.Key, payment.IntentID)
	refusal := error(ErrChargeFailed)
	switch {
	case errors.Is(err, gateway.ErrDeclined):
		intent, err = gateway.Intent{Status: gateway.NeedsPaymentMethod}, nil
	case errors.Is(err, gateway.ErrRefused): // for good: nothing is to stay pending
		refusal, intent, err = translate(err), gateway.Intent{Status: gateway.NeedsConfirmation}, nil
		function.Log(ctx).ErrorContext(ctx, "Stripe refuses a payment", "error", refusal)
	}
	if err != nil { // the money may have moved
		return none, translate(err)
	}

	payment, seq, err := p.settle(ctx, payment, intent)
	switch {
	case err != nil:
		return none, err
	case payment.NeedsAction:
		return CreatePaymentReply{Message: "Payment needs action.", ClientSecret: intent.ClientSecret}, nil
	case payment.Status == event.PaymentFailed:
		return none, refusal
	case payment.Status == event.PaymentPending:
		return none, ErrInProgress
	case seq == 0: // a webhook was quicker
		if seq, err = announcedAt(ctx, p.db, payment); err != nil {
			return none, err
		}
	}
	return CreatePaymentReply{Message: "Payment created.", Charge: &payment.StripeCharge, Payment: &payment.Payment, Seq: seq}, nil
}

// failBecause abandons a payment, and returns why: reason, unless it cannot be abandoned.
func (p *Payments) failBecause(ctx context.Context, payment Payment, outcome string, reason error) error {
	if _, _, err := p.abandon(ctx, payment, outcome); err != nil {
		return err
	}
	return reason
}

// longest is how long CreatePayment may take.
func (p *Payments) longest() time.Duration { return lastMoments + answerWithin + p.timeout }

// begin stores, and announces, a pending payment of an order, unless one is under way or has succeeded, or the limits say no.
// Errors: ErrPaid, ErrInProgress, each beside the payment that has succeeded or is under way; ErrTooManyAttempts.
func (p *Payments) begin(ctx context.Context, order Order) (payment Payment, err error) {
	_, err = p.db.ChangeInTurn(ctx, order.UserID, func(tx postgres.Tx) (none event.Draft, err error) {
		if payment, err = findActive(ctx, tx, order.ID); !errors.Is(err, errUnknownPayment) {
			return none, err
		}
		if err := p.limits.allow(ctx, tx, order, p.now()); err != nil {
			return none, err
		}
		if payment, err = insertPayment(ctx, tx, order); err != nil {
			return none, err
		}
		return event.Of(ctx, event.PaymentUpdated, payment.Payment)
	})
	return payment, err
}
