package payments

import (
	"time"

	"github.com/gittix/ticketing/functions/payments/gateway"
	"github.com/gittix/ticketing/shared/event"
)

// Owe notes that the payment's money is to go back. It reports whether that is news, and can be.
func (p *Payment) Owe(now time.Time) bool {
	if p.Status != event.PaymentSucceeded || p.OwedSince != nil {
		return false
	}
	p.OwedSince, p.NextAttemptAt, p.Refund = &now, &now, event.RefundOwed
	return true
}

// Left returns the cents that are still ours to send back. While a bank has the money, there are none.
func (p *Payment) Left(r gateway.Reversals) int64 {
	if r.Dispute == event.DisputeOpen {
		return 0
	}
	return p.StripeCharge.Amount - r.RefundedCents - r.LostCents - r.PendingCents
}

// Reverse moves a payment that has succeeded to where its money is, whoever has sent it there.
// It is refunded once all of the money has arrived, and no more if a refund fails afterwards.
func (p *Payment) Reverse(r gateway.Reversals, now time.Time) {
	if p.Status != event.PaymentSucceeded && p.Status != event.PaymentIsRefunded {
		return
	}
	p.Status, p.Refund, p.Dispute = event.PaymentSucceeded, "", r.Dispute
	p.Refunded = min(r.RefundedCents+r.LostCents, p.StripeCharge.Amount)
	switch {
	case p.Refunded == p.StripeCharge.Amount:
		p.Status, p.NextAttemptAt, p.Attempts = event.PaymentIsRefunded, nil, 0
		return
	case r.PendingCents > 0 && p.Refunded+r.PendingCents >= p.StripeCharge.Amount: // a part is said once it has arrived
		p.Refund = event.RefundPending
	case p.OwedSince != nil:
		p.Refund = event.RefundOwed
	case r.Failed:
		p.Refund = event.RefundFailed
	}
	if p.OwedSince != nil && p.NextAttemptAt == nil { // it had arrived
		p.OwedSince, p.NextAttemptAt = &now, &now
	}
}
