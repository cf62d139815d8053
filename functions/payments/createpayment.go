package payments

import (
	"context"
	"errors"
	"net/http"
	"regexp"

	"github.com/gittix/ticketing/functions/payments/gateway"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/session"
)

// CreatePaymentRequest names the order, and the card as Stripe knows it.
type CreatePaymentRequest struct {
	OrderID function.LooseID     `json:"orderId"`
	Token   function.LooseString `json:"token"` // tok_… or pm_…
}

var tokenForm = regexp.MustCompile(`^(tok|pm)_[A-Za-z0-9_]{1,250}$`)

// Validate checks the form. Errors: ErrInvalidOrderID, ErrInvalidToken.
func (r *CreatePaymentRequest) Validate() error {
	if r.OrderID == 0 {
		return ErrInvalidOrderID
	}
	if !tokenForm.MatchString(string(r.Token)) {
		return ErrInvalidToken
	}
	return nil
}

// CreatePaymentReply tells of a payment, or of the second step that it needs.
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
// Errors: ErrInvalidOrderID, ErrInvalidToken, ErrOrderNotFound, ErrNotTheBuyer, ErrOrderCancelled,
// ErrOrderExpired, ErrPaid, ErrInProgress, ErrChargeFailed; apierror.Unavailable when Stripe is away or
// did not answer in time: the reconciler then settles the payment.
func (p *Payments) CreatePayment(ctx context.Context, req CreatePaymentRequest) (CreatePaymentReply, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.timeout)
	defer cancel()
	payment, err := p.begin(ctx, session.User(ctx), int32(req.OrderID))
	if err != nil {
		return CreatePaymentReply{}, err
	}
	intent, err := p.charge(ctx, &payment, string(req.Token))
	if err != nil {
		return CreatePaymentReply{}, err
	}
	payment, seq, err := p.settle(ctx, payment, intent)
	switch {
	case err != nil:
		return CreatePaymentReply{}, err
	case payment.NeedsAction:
		return CreatePaymentReply{Message: "Payment needs action.", ClientSecret: intent.ClientSecret}, nil
	case payment.Status == event.PaymentFailed:
		return CreatePaymentReply{}, ErrChargeFailed
	case payment.Status == event.PaymentPending:
		return CreatePaymentReply{}, ErrInProgress
	}
	if seq == 0 { // a webhook was quicker
		if seq, err = p.store.announcedAt(ctx, payment.Payment); err != nil {
			return CreatePaymentReply{}, err
		}
	}
	return CreatePaymentReply{
		Message: "Payment created.", Charge: &payment.StripeCharge, Payment: &payment.Payment, Seq: seq,
	}, nil
}

// begin stores a new pending payment. One that waits for its second step gives way to it.
func (p *Payments) begin(ctx context.Context, userID, orderID int32) (Payment, error) {
	payable := func(o Order) error { return o.Payable(userID, p.now()) }
	var payment, waiting Payment
	err := function.Await(ctx, ErrOrderNotFound, func() (err error) { // an order that was placed just now
		payment, waiting, err = p.store.begin(ctx, orderID, payable)
		return err
	})
	if !errors.Is(err, ErrInProgress) || !waiting.NeedsAction {
		return payment, err
	}
	if err := p.abandon(ctx, waiting); err != nil {
		return Payment{}, err
	}
	payment, _, err = p.store.begin(ctx, orderID, payable)
	return payment, err
}

// charge asks Stripe in two steps, so that the intent is on record before any money can move.
func (p *Payments) charge(ctx context.Context, payment *Payment, token string) (gateway.Intent, error) {
	intent, err := p.gateway.Prepare(ctx, gateway.Attempt{
		Key: payment.Key, OrderID: payment.OrderID, PaymentID: payment.ID, AmountCents: int64(payment.Amount), Token: token,
	})
	if err != nil { // nothing was confirmed, so nothing can have been charged
		why := failed
		if errors.Is(err, gateway.ErrDeclined) {
			why = declined
		}
		if _, _, err := p.conclude(ctx, payment.ID, gateway.Intent{Status: gateway.Cancelled}, why); err != nil {
			return gateway.Intent{}, err
		}
		return gateway.Intent{}, translate(err)
	}
	payment.IntentID = intent.ID
	if err := p.store.prepared(ctx, payment.ID, intent.ID); err != nil {
		return gateway.Intent{}, err
	}
	intent, err = p.gateway.Confirm(ctx, payment.Key, intent.ID)
	if errors.Is(err, gateway.ErrDeclined) {
		return gateway.Intent{Status: gateway.NeedsPaymentMethod}, nil
	}
	return intent, translate(err)
}

// translate gives a gateway's error its meaning for the client.
func translate(err error) error {
	switch {
	case errors.Is(err, gateway.ErrDeclined):
		return ErrChargeFailed.With(err)
	case errors.Is(err, gateway.ErrUnavailable):
		return apierror.Unavailable(err)
	}
	return err
}
