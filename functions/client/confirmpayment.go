package client

import (
	"context"
	"errors"

	"github.com/gittix/ticketing/functions/client/api"
)

// ConfirmPayment is the second step of a sandbox card, where the buyer also plays the bank. With a real
// Stripe, Stripe.js does it.
func (s *Site) ConfirmPayment(ctx context.Context, v visit) (answer, error) {
	id, err := v.id()
	if err != nil {
		return answer{}, err
	}
	if s.stripeKey != "" {
		return notFound(), nil
	}
	confirmed := v.PostFormValue("outcome") == "succeed"
	err = v.api.Confirm(ctx, v.PostFormValue("client_secret"), confirmed)
	switch {
	case errors.Is(err, api.ErrOver):
		return s.orderProblem(ctx, v, "That payment is over. Look at your order before you try again.", "")
	case err != nil:
		return answer{}, err
	case !confirmed:
		return goTo(orderPath(id) + "/pay?note=" + noteRefused), nil
	}
	return s.paid(ctx, v, id)
}
