package payments

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/gittix/ticketing/shared/embedded/stripeserver"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// stripe is a Stripe, and what may happen on the way there and back.
type stripe struct {
	sandbox *stripeserver.Sandbox
	away    atomic.Bool // no call arrives
	mute    atomic.Bool // confirms arrive, and their answers are lost
	hook    atomic.Pointer[func(moment string)]
	silent  sync.Map     // ids of intents that no call about is answered
	calls   atomic.Int64 // since together
	arrived atomic.Pointer[sync.WaitGroup]
}

func openStripe(t testing.TB) (*stripe, string) {
	t.Helper()
	sandbox, err := stripeserver.Open(stripeserver.Config{Slow: func(context.Context) {}})
	if err != nil {
		t.Fatal(err)
	}
	s := &stripe{sandbox: sandbox}
	server := httptest.NewServer(s)
	t.Cleanup(func() {
		if err := sandbox.Close(context.Background()); err != nil {
			t.Error(err)
		}
		server.Close()
	})
	return s, server.URL
}

// ServeHTTP names a call by its path's last part: payment_methods, payment_intents, confirm, cancel, refunds, or an id.
func (s *stripe) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	s.at("before " + call)
	if _, silent := s.silent.Load(call); silent {
		<-r.Context().Done()
		return
	}
	if together := s.arrived.Load(); together != nil {
		s.calls.Add(1)
		together.Done()
		together.Wait()
	}
	answer := httptest.NewRecorder()
	if !s.away.Load() {
		s.sandbox.ServeHTTP(answer, r)
		s.at("after " + call) // Stripe has acted, and its answer has not arrived
	}
	if s.away.Load() || call == "confirm" && s.mute.Load() {
		w.Header().Set("Stripe-Should-Retry", "false") // spares the test half a second
		http.Error(w, `{"error":{"type":"api_error"}}`, http.StatusBadGateway)
		return
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()) // a caller who is gone has timed out
}

// together makes each call wait until n calls have arrived. There must be no more.
func (s *stripe) together(n int) {
	var calls sync.WaitGroup
	calls.Add(n)
	s.arrived.Store(&calls)
}

// on makes f run once, at that moment, such as "before confirm".
func (s *stripe) on(moment string, f func()) {
	var done atomic.Bool
	hook := func(now string) {
		if now == moment && done.CompareAndSwap(false, true) {
			f()
		}
	}
	s.hook.Store(&hook)
}

func (s *stripe) at(moment string) {
	if hook := s.hook.Load(); hook != nil {
		(*hook)(moment)
	}
}

// asked pays an order with a card that wants a second step, and returns its client secret.
func (f fixture) asked(orderID int32) string {
	f.t.Helper()
	return functiontest.Parse[CreatePaymentReply](f.t, f.pay(orderID, "tok_threeDSecure2Required"), 202).ClientSecret
}

// authenticate is the page on which the buyer does the second step. It reports whether the step could be done.
func (f fixture) authenticate(secret, outcome string) bool {
	f.t.Helper()
	intent, _, _ := strings.Cut(secret, "_secret")
	body := url.Values{"client_secret": {secret}, "outcome": {outcome}}.Encode()
	r := httptest.NewRequestWithContext(f.t.Context(), "POST", "/sandbox/payment_intents/"+intent+"/authenticate", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	f.stripe.sandbox.ServeHTTP(answer, r)
	return answer.Code == 200
}

// send sends a webhook.
func (f fixture) send(payload, signature string) functiontest.Answer {
	f.t.Helper()
	return f.Send("POST", "/api/payments/webhook", payload, http.Header{"Stripe-Signature": {signature}})
}

func signature(payload, secret string, at time.Time) string {
	return webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: []byte(payload), Secret: secret, Timestamp: at}).Header
}

func about(intentID string) string {
	return fmt.Sprintf(`{"id":"evt_1","object":"event","type":"payment_intent.succeeded","data":{"object":{"object":"payment_intent","id":%q}}}`, intentID)
}

// notify sends a webhook about the newest payment of an order, which must be taken.
func (f fixture) notify(orderID int32) {
	f.t.Helper()
	all := f.payments(orderID)
	payload := about(all[len(all)-1].IntentID)
	if a := f.send(payload, signature(payload, webhookSecret, time.Now())); a.Status != 200 {
		f.t.Errorf("webhook: %d %s", a.Status, a.Body)
	}
}
