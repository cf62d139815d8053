package gateway

import (
	"context"
	"slices"

	"github.com/stripe/stripe-go/v76"

	"github.com/gittix/ticketing/shared/event"
)

// Reversals are what has become of an intent's money since it was taken, whoever has asked for it.
type Reversals struct {
	RefundedCents int64         // that arrived; a refund may still fail weeks later
	PendingCents  int64         // that Stripe has accepted to send
	LostCents     int64         // that a lost dispute gave to the buyer
	Failed        bool          // the newest refund has failed: its money is ours again
	Dispute       event.Dispute // where the newest stands
}

// And adds what came after r.
func (r Reversals) And(later Reversals) Reversals {
	r.RefundedCents += later.RefundedCents
	r.PendingCents += later.PendingCents
	r.Failed = later.Failed
	return r
}

// refundsOf sums up refunds, the oldest first.
func refundsOf(refunds ...*stripe.Refund) (r Reversals) {
	for _, refund := range refunds {
		r.Failed = false
		switch refund.Status {
		case stripe.RefundStatusSucceeded:
			r.RefundedCents += refund.Amount
		case stripe.RefundStatusFailed, stripe.RefundStatusCanceled:
			r.Failed = true
		default:
			r.PendingCents += refund.Amount
		}
	}
	return r
}

// FindReversals asks for the refunds and disputes of an intent. Errors: ErrUnavailable, ErrRefused.
func (g *Gateway) FindReversals(ctx context.Context, intentID string) (r Reversals, err error) {
	ctx, end := g.call(ctx, "find-reversals")
	defer func() { end(err) }()
	refunds := g.refunds.List(&stripe.RefundListParams{ListParams: page(ctx), PaymentIntent: &intentID})
	var all []*stripe.Refund
	for refunds.Next() {
		all = append(all, refunds.Refund())
	}
	slices.Reverse(all)
	r = refundsOf(all...)
	if err := refunds.Err(); err != nil {
		return Reversals{}, wrap("find-reversals", err)
	}
	disputes := g.disputes.List(&stripe.DisputeListParams{ListParams: page(ctx), PaymentIntent: &intentID})
	for newest := true; disputes.Next(); newest = false {
		dispute := disputes.Dispute()
		if newest {
			r.Dispute = disputeOf(dispute.Status)
		}
		if dispute.Status == stripe.DisputeStatusLost {
			r.LostCents += dispute.Amount
		}
	}
	if err := disputes.Err(); err != nil {
		return Reversals{}, wrap("find-reversals", err)
	}
	return r, nil
}

// disputeOf takes a word that it does not know for an open dispute: no money is sent while Stripe may have sent it.
func disputeOf(status stripe.DisputeStatus) event.Dispute {
	switch status {
	case stripe.DisputeStatusWon:
		return event.DisputeWon
	case stripe.DisputeStatusLost:
		return event.DisputeLost
	case stripe.DisputeStatusWarningClosed:
		return event.NoDispute
	case stripe.DisputeStatusWarningNeedsResponse, stripe.DisputeStatusWarningUnderReview:
		return event.DisputeInquiry
	}
	return event.DisputeOpen
}

// page asks for a list, the newest first, a hundred objects at a time.
func page(ctx context.Context) stripe.ListParams {
	return stripe.ListParams{Context: ctx, Limit: stripe.Int64(100)}
}
