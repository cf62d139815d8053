package client

import (
	"context"
	"errors"
	"time"
)

// ConfirmPayment does the second step of a sandbox card, in which the buyer decides for the bank. With a real
// Stripe, Stripe.js does it.
func (s *Site) ConfirmPayment(ctx context.Context, v visit) (answer, error) {
	if s.stripeKey != "" {
		return notFound(), nil
	}
	order, err := v.api.Order(ctx, v.id) // refuses bad sessions and other people's orders: the sandbox asks for neither
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
		over := !s.now().Before(order.ExpiresAt.Time)
		problem := "You refused the second step. Nothing was charged. " + next(over, "You may try again.")
		if over {
			return s.orderProblem(ctx, v, problem, "")
		}
		return s.showPay(payView{orderView: orderView{Order: order, Problem: problem}}), nil
	}
	learned(ctx, v)
	return goTo(orderPath(v.id)), nil
}

// learned waits until payments has learned, by a webhook, that the second step was done; for a second at most.
func learned(ctx context.Context, v visit) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	for ctx.Err() == nil {
		if c, err := chargeOf(ctx, v, v.id); err != nil || c != chargeAction {
			return
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}
