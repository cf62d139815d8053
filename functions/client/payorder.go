package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/timestamp"
)

// payView is the page that asks for a card: at Stripe, or for one of the sandbox's.
type payView struct {
	orderView
	StripeKey    string
	Cards        []testCard // of the sandbox
	ClientSecret string     // of a payment that waits for its second step
	Second       bool       // it is the page for that step
	Left         bool       // there is time left
}

// Until is when the time for this step is up.
func (p payView) Until() timestamp.Time {
	if p.Second {
		return p.Ends()
	}
	return p.ExpiresAt
}

// Version changes whenever what is said of the time should.
func (p payView) Version() string { return fmt.Sprint(p.Until().UnixMilli(), p.Left) }

// testCard is a card of the sandbox, by Stripe's own names.
type testCard struct{ Token, Name, Effect string }

var testCards = []testCard{
	{"tok_visa", "Visa 4242", "is charged"},
	{"tok_mastercard", "Mastercard 4444", "is charged"},
	{"tok_threeDSecure2Required", "Visa 3220", "asks for a second step (3-D Secure)"},
	{"tok_chargeDeclined", "Visa 0002", "is declined"},
	{"tok_chargeDeclinedInsufficientFunds", "Visa 9995", "is declined: not enough money"},
}

// PayPage asks for a card.
func (s *Site) PayPage(ctx context.Context, v visit) (answer, error) {
	view, err := s.order(ctx, v)
	if err != nil {
		return answer{}, err
	}
	if view.Phase != orderOpen {
		return goTo(orderPath(view.ID)), nil
	}
	return s.showPay(payView{orderView: view}), nil
}

// PayState is that part of the pages which ask for a card, or for the second step, that says how much time there is. Where there is none, or nothing
// to pay any more, it leads to the order.
func (s *Site) PayState(ctx context.Context, v visit) (answer, error) {
	view, err := s.order(ctx, v)
	if err != nil {
		return answer{}, err
	}
	second := v.URL.Query().Get("step") == "2"
	if view.Phase != orderOpen && !(second && view.Phase == orderPaying && view.Charge == chargeAction) {
		return goTo(orderPath(view.ID)), nil
	}
	return s.showPay(payView{orderView: view, Second: second}), nil
}

func (s *Site) showPay(p payView) answer {
	p.StripeKey, p.Cards, p.Left = s.stripeKey, testCards, s.now().Before(p.Until().Time)
	a := show("pay", "Pay for your ticket", p)
	a.stripe = s.stripeKey != ""
	return a
}

// Pay charges the card that Stripe knows by the form's token. It shows the paid order, the second step that
// the card asks for, or what went wrong.
func (s *Site) Pay(ctx context.Context, v visit) (answer, error) {
	order, err := v.api.Order(ctx, v.id) // also refuses other people's orders
	if err != nil {
		return answer{}, err
	}
	view := payView{orderView: orderView{Order: order}}
	if v.PostFormValue("token") == "" {
		view.Problem = "Choose a card to pay with."
		return s.showPay(view).with(http.StatusBadRequest), nil
	}
	receipt, err := v.api.Pay(ctx, order.ID, v.PostFormValue("token"))
	view.ClientSecret = receipt.ClientSecret
	over := !s.now().Before(order.ExpiresAt.Time)
	retry := func(problem string) (answer, error) {
		if over {
			return s.orderProblem(ctx, v, problem, "")
		}
		view.Problem = problem
		return s.showPay(view).with(apierror.From(err).Status), nil
	}
	switch {
	case err == nil && view.ClientSecret != "":
		view.Second = true
		a := s.showPay(view)
		a.view, a.title = "confirm", "One more step"
		return a, nil
	case err == nil, errors.Is(err, api.ErrPaid):
		return goTo(orderPath(order.ID)), nil
	case errors.Is(err, api.ErrDeclined):
		return retry("The card was declined. Nothing was charged. " + next(over, "You may try another card."))
	case errors.Is(err, api.ErrNotChargeable):
		return retry("This amount cannot be charged to a card. Nothing was charged.")
	case errors.Is(err, api.ErrPaymentRefused):
		return retry("The payment was refused, and not because of your card. Nothing was charged, and nothing is under way.")
	case errors.Is(err, api.ErrInProgress):
		return retry("A payment for this order is under way. Please wait a moment; you will not be charged twice.")
	case errors.Is(err, api.ErrTooManyTries):
		wait := apierror.From(err).RetryAfter
		a, err := retry("Too many attempts to pay have failed. Please try again " + in(wait) + ".")
		a.retryAfter = wait
		return a, err
	case errors.Is(err, api.ErrOrderUnknown):
		err = apierror.Unavailable(err)
		return retry("We cannot take a payment for this order yet. Please try again in a moment. Nothing was charged.")
	case errors.Is(err, api.ErrOrderCancelled):
		return s.orderProblem(ctx, v, "This order was cancelled. It can no longer be paid.", "")
	case errors.Is(err, api.ErrOrderExpired):
		return s.orderProblem(ctx, v, "The time to pay is over.", "")
	case apierror.From(err).Status == http.StatusServiceUnavailable:
		a := say(http.StatusServiceUnavailable, message{
			"We do not know yet whether you have paid", "The answer is late. It will come by itself, and you will not be charged twice.",
			orderPath(order.ID), "Your order",
		})
		a.retryAfter = apierror.From(err).RetryAfter
		return a, nil
	}
	return answer{}, err
}

// next says what may be done after an attempt that failed.
func next(over bool, again string) string {
	if over {
		return "The time to pay is over."
	}
	return again
}
