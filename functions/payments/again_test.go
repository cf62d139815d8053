package payments

import (
	"testing"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// A payment that is sent again is one attempt: a card that was declined is not asked again, and a second step is that of the first answer.
func TestPaymentAgain(t *testing.T) {
	t.Parallel()
	f := placed(t)
	again := func(token string) functiontest.Answer {
		body := func(token string) string { return `{"orderId":1,"token":"` + token + `"}` }
		return f.CallAgain(buyer, "/api/payments", body(token), body("tok_mastercard"))
	}
	functiontest.Refused(t, "declined", again("tok_chargeDeclined"), 400, "Stripe charge failed.")
	f.want(1, 0, event.PaymentFailed)
	waits := functiontest.Parse[CreatePaymentReply](t, again("tok_threeDSecure2Required"), 202)
	if waits.ClientSecret == "" {
		t.Errorf("%+v", waits)
	}
	f.want(1, 0, event.PaymentFailed, event.PaymentPending)
	f.taken(functiontest.Parse[CreatePaymentReply](t, again("tok_visa"), 201))
	f.want(1, 1, event.PaymentFailed, event.PaymentFailed, event.PaymentSucceeded)
}
