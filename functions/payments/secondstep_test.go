package payments

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/embedded/stripeserver"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// letter is a webhook as Stripe sent it.
type letter struct{ payload, signature string }

// postbox takes webhooks, for a test to deliver.
func postbox(t *testing.T) (url string, letters <-chan letter) {
	t.Helper()
	arrived := make(chan letter, 16)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		payload, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		select {
		case arrived <- letter{string(payload), r.Header.Get("Stripe-Signature")}:
		default:
			t.Error("the postbox is full")
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, arrived
}

func TestSecondStep(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		outcome string
		after   event.PaymentStatus
		charges int
		news    []string
		again   int // what a further attempt is answered
	}{
		{"succeed", event.PaymentSucceeded, 1, []string{"payments.created payment/1"}, 409},
		{"fail", event.PaymentFailed, 0, nil, 400},
	} {
		t.Run(c.outcome, func(t *testing.T) {
			t.Parallel()
			url, letters := postbox(t)
			s := startWith(t, stripeserver.Config{WebhookURL: url, WebhookSecret: webhookSecret}, nil)
			s.hear(order(1))
			a := s.pay(1, "tok_threeDSecure2Required")
			reply := functiontest.Parse[map[string]any](t, a, 202)
			secret, _ := reply["clientSecret"].(string)
			if names := slices.Sorted(maps.Keys(reply)); !slices.Equal(names, []string{"clientSecret", "message"}) ||
				reply["message"] != "Payment needs action." || !strings.HasPrefix(secret, s.payments(1)[0].IntentID+"_secret_") {
				t.Errorf("answered %s", a.Body)
			}
			s.want(0, event.PaymentPending)
			if status := s.authenticate(secret, c.outcome); status != 200 {
				t.Fatalf("authenticate: %d", status)
			}
			select {
			case l := <-letters:
				for range 3 {
					if a := s.post(l.payload, l.signature); a.Status != 200 {
						t.Errorf("webhook: %d %s", a.Status, a.Body)
					}
				}
			case <-time.After(soon):
				t.Fatal("no webhook")
			}
			s.want(c.charges, c.after)
			s.wantNews(c.news...)
			if a := s.pay(1, "tok_chargeDeclined"); a.Status != c.again {
				t.Errorf("a further attempt: %d %s", a.Status, a.Body)
			}
		})
	}
}

func TestSecondStepGivesWay(t *testing.T) {
	t.Parallel()
	s := placed(t)
	secret := s.asked(1)
	again := s.asked(1)
	s.paid(1, "tok_visa")
	for _, late := range []string{secret, again} {
		if status := s.authenticate(late, "succeed"); status == 200 {
			t.Error("the second step can be done when another attempt has taken its place")
		}
		intent, _, _ := strings.Cut(late, "_secret")
		if status := s.tell(intent); status != 200 {
			t.Errorf("late webhook: %d", status)
		}
	}
	s.want(1, event.PaymentFailed, event.PaymentFailed, event.PaymentSucceeded)
	s.wantNews("payments.created payment/3")
}

// A buyer who did the second step, and comes back before its webhook, has paid.
func TestSecondStepDoneButUnheard(t *testing.T) {
	t.Parallel()
	s := placed(t)
	if status := s.authenticate(s.asked(1), "succeed"); status != 200 {
		t.Fatalf("authenticate: %d", status)
	}
	functiontest.Refused(t, "a new attempt", s.pay(1, "tok_visa"), 409, "Order is already paid.")
	s.want(1, event.PaymentSucceeded)
	s.wantNews("payments.created payment/1")
}

func TestSecondStepWhileStripeIsAway(t *testing.T) {
	t.Parallel()
	s := placed(t)
	s.asked(1)
	s.stripe.cut.Store(true)
	functiontest.Refused(t, "a new attempt", s.pay(1, "tok_visa"), 503, "Service unavailable.")
	s.want(0, event.PaymentPending)
	s.stripe.cut.Store(false)
	s.paid(1, "tok_visa")
	s.want(1, event.PaymentFailed, event.PaymentSucceeded)
}

// Whichever is quicker, the order is charged once.
func TestSecondStepAgainstNewAttempt(t *testing.T) {
	t.Parallel()
	s := start(t)
	for id := int32(1); id <= 10; id++ {
		s.hear(order(id))
		secret := s.asked(id)
		var stepped, attempt int
		var both sync.WaitGroup
		both.Go(func() {
			if stepped = s.authenticate(secret, "succeed"); stepped == 200 {
				s.tell(secret[:strings.Index(secret, "_secret")])
			}
		})
		both.Go(func() { attempt = s.pay(id, "tok_visa").Status })
		both.Wait()
		if (stepped == 200) == (attempt == 201) || attempt != 201 && attempt != 409 {
			t.Errorf("second step %d, new attempt %d", stepped, attempt)
		}
		if charges := s.stripe.sandbox.Ledger().ChargesOf(id); len(charges) != 1 {
			t.Errorf("%d charges", len(charges))
		}
		if news := s.Announced(); len(news) != 1 || news[0].Type() != string(event.PaymentCreated) {
			t.Errorf("announced %v", news)
		}
	}
}

// Of many attempts that find a second step waiting, one takes its place.
func TestManyAttemptsAgainstSecondStep(t *testing.T) {
	t.Parallel()
	s := placed(t)
	s.asked(1)
	var made atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			a := s.pay(1, "tok_visa")
			var got struct{ Message string }
			err := json.Unmarshal([]byte(a.Body), &got)
			switch {
			case a.Status == 201:
				made.Add(1)
			case err != nil || a.Status != 409:
				t.Errorf("%d %s", a.Status, a.Body)
			}
		})
	}
	all.Wait()
	if made.Load() != 1 {
		t.Errorf("%d payments were created", made.Load())
	}
	s.want(1, event.PaymentFailed, event.PaymentSucceeded)
	s.wantNews("payments.created payment/2")
}
