package payments

import (
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/stripeserver"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

func TestWebhookRefuses(t *testing.T) {
	t.Parallel()
	s := placed(t)
	if status := s.authenticate(s.asked(1), "succeed"); status != 200 {
		t.Fatalf("authenticate: %d", status)
	}
	payload := about(s.payments(1)[0].IntentID)
	large := payload + strings.Repeat(" ", function.MaxBody)
	for _, c := range []struct {
		what, payload, signature string
		status                   int
		message                  string
	}{
		{"unsigned", payload, "", 400, "Invalid signature."},
		{"not a signature", payload, "t=1,v1=00", 400, "Invalid signature."},
		{"another's secret", payload, signature(payload, "whsec_other", time.Now()), 400, "Invalid signature."},
		{"signed long ago", payload, signature(payload, webhookSecret, time.Now().Add(-6*time.Minute)), 400, "Invalid signature."},
		{"another payload", payload + " ", signature(payload, webhookSecret, time.Now()), 400, "Invalid signature."},
		{"no event", "{", signature("{", webhookSecret, time.Now()), 400, "Invalid signature."},
		{"nothing", "", "", 400, "Invalid signature."},
		{"too large", large, signature(large, webhookSecret, time.Now()), 413, "Request body is too large."},
	} {
		functiontest.Refused(t, c.what, s.post(c.payload, c.signature), c.status, c.message)
	}
	s.want(1, event.PaymentPending)
}

func TestWebhookWithoutSecret(t *testing.T) {
	t.Parallel()
	s := startWith(t, stripeserver.Config{}, config.Values{"STRIPE_WEBHOOK_SECRET": ""})
	functiontest.Refused(t, "signed with an empty secret", s.post(about("pi_1"), signature(about("pi_1"), "", time.Now())), 400, "Invalid signature.")
}

// What a webhook says counts for nothing: only how the intent of a payment stands at Stripe does.
func TestWebhookIsNotBelieved(t *testing.T) {
	t.Parallel()
	s := placed(t)
	s.asked(1)
	customer := `{"id":"evt_1","object":"event","type":"customer.created","data":{"object":{"object":"customer","id":"cus_1"}}}`
	succeeded := about(s.payments(1)[0].IntentID) // or so it says
	for _, payload := range []string{about("pi_unknown"), about(""), customer, succeeded} {
		if a := s.post(payload, signature(payload, webhookSecret, time.Now())); a.Status != 200 {
			t.Errorf("%s: %d %s", payload, a.Status, a.Body)
		}
	}
	s.want(0, event.PaymentPending)
	s.wantNews()
}

func TestWebhookWhileStripeIsAway(t *testing.T) {
	t.Parallel()
	s := placed(t)
	if status := s.authenticate(s.asked(1), "succeed"); status != 200 {
		t.Fatalf("authenticate: %d", status)
	}
	payload := about(s.payments(1)[0].IntentID)
	s.stripe.cut.Store(true)
	a := s.post(payload, signature(payload, webhookSecret, time.Now()))
	functiontest.Refused(t, "away", a, 503, "Service unavailable.")
	if a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	s.want(1, event.PaymentPending)
	s.stripe.cut.Store(false)
	if status := s.tell(s.payments(1)[0].IntentID); status != 200 {
		t.Errorf("webhook, again: %d", status)
	}
	s.want(1, event.PaymentSucceeded)
	s.wantNews("payments.created payment/1")
}

// A webhook that comes while the payment is being made, for a card that is about to be charged or was just
// declined, gets in nobody's way.
func TestWebhookDuringPayment(t *testing.T) {
	t.Parallel()
	s := placed(t)
	for _, c := range []struct {
		token, call string
		status      int
	}{
		{"tok_chargeDeclined", "cancel", 400},
		{"tok_visa", "confirm", 201},
	} {
		on(&s.stripe.before, c.call, func() {
			all := s.payments(1)
			if status := s.tell(all[len(all)-1].IntentID); status != 200 {
				t.Errorf("webhook: %d", status)
			}
		})
		if a := s.pay(1, c.token); a.Status != c.status {
			t.Errorf("%s: %d %s", c.token, a.Status, a.Body)
		}
	}
	s.want(1, event.PaymentFailed, event.PaymentSucceeded)
	s.wantNews("payments.created payment/2")
}
