package payments

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/trace"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

// RefundPayment notes that the money of a payment that its order could not take is to go back, and makes the first attempt
// to send it. If that fails, ReconcilePayments makes the others.
//
// It rejects what has no money to give back. Errors: apierror.Unavailable, while the database is away, or where the payment has a
// status of a newer version.
func (p *Payments) RefundPayment(ctx context.Context, r event.PaymentRejected) error {
	payment, err := p.owe(ctx, r.PaymentID)
	switch {
	case errors.Is(err, errUnknownPayment):
		return function.Reject(err)
	case err != nil:
		return err
	case !payment.Status.Known():
		return apierror.Unavailable(fmt.Errorf("payment %d is %s: a newer version of this service knows what that is", payment.ID, payment.Status))
	case payment.Status != event.PaymentSucceeded && payment.Status != event.PaymentIsRefunded:
		return function.Reject(fmt.Errorf("payment %d is %s: there is nothing to refund", payment.ID, payment.Status))
	case payment.Attempts > 0 || payment.NextAttemptAt == nil:
		return nil // an attempt is under way or was made
	}
	now, err := databaseNow(ctx, p.db)
	if err != nil {
		return err
	}
	payment, err = claimRefund(ctx, p.db, now, payment.ID)
	switch {
	case errors.Is(err, errUnknownPayment):
		return nil // another was quicker
	case err != nil:
		return err
	}
	if err := p.refund(ctx, payment); err != nil {
		trace.SpanFromContext(ctx).RecordError(err) // the payment says it, too, and when it is tried again
	}
	return nil
}
