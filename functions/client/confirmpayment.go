package client

import (
	"context"
	"errors"
)

// ConfirmPayment does the second step of a sandbox card, in which the buyer decides for the bank. With a real
// Stripe, Stripe.js does it.
func (s *Site) ConfirmPayment(ctx context.Context, v visit) (answer, error) {
	if s.stripeKey != "" {
		return notFound(), nil
	}
	order, err := order(ctx, v) // refuses bad sessions and other people's orders: the sandbox asks for neither
	if err != nil {
		return answer{}, err
	}
	confirmed := v.PostFormValue("outcome") == "succeed"
	err = s.authenticate(ctx, v.PostFormValue("client_secret"), confirmed)
	switch {
	case errors.Is(err, errOver):
		return s.orderProblem(ctx, v, "That payment is over. Look at your order before you try again.", "")
	case err != nil:
		return answer{}, err
	case !confirmed:
		return goTo(orderPath(order.ID) + "/pay?note=" + noteRefused), nil
	}
	return paid(order.ID), nil
}
