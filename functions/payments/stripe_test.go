package payments

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/gittix/ticketing/shared/embedded/stripeserver"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// line is the way to Stripe, and what may happen on it.
type line struct {
	sandbox *stripeserver.Sandbox
	cut     atomic.Bool // nothing gets through
	deaf    atomic.Bool // confirms get through, their answers do not
	before  atomic.Pointer[func(call string)]
	after   atomic.Pointer[func(call string)] // when Stripe has acted, before its answer is heard
}

func openLine(t testing.TB, cfg stripeserver.Config) (*line, string) {
	t.Helper()
	sandbox, err := stripeserver.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	l := &line{sandbox: sandbox}
	server := httptest.NewServer(l)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), soon)
		defer cancel()
		if err := sandbox.Close(ctx); err != nil {
			t.Error(err)
		}
		server.Close()
	})
	return l, server.URL
}

// ServeHTTP names a call by its path's last part: payment_methods, payment_intents, confirm, cancel, refunds, or an id.
func (l *line) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	if f := l.before.Load(); f != nil {
		(*f)(call)
	}
	answer := httptest.NewRecorder()
	if !l.cut.Load() {
		l.sandbox.ServeHTTP(answer, r)
		if f := l.after.Load(); f != nil {
			(*f)(call)
		}
	}
	if l.cut.Load() || call == "confirm" && l.deaf.Load() {
		w.Header().Set("Stripe-Should-Retry", "false") // spares the test half a second
		http.Error(w, `{"error":{"type":"api_error"}}`, http.StatusBadGateway)
		return
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()) // who does not hear it has timed out
}

// on makes f run once, at the next call of that name.
func on(hook *atomic.Pointer[func(string)], call string, f func()) {
	var done atomic.Bool
	g := func(name string) {
		if name == call && done.CompareAndSwap(false, true) {
			f()
		}
	}
	hook.Store(&g)
}

// authenticate is the page on which the buyer does the second step.
func (s system) authenticate(secret, outcome string) int {
	s.t.Helper()
	intent, _, _ := strings.Cut(secret, "_secret")
	body := url.Values{"client_secret": {secret}, "outcome": {outcome}}.Encode()
	r := httptest.NewRequestWithContext(s.t.Context(), "POST", "/sandbox/payment_intents/"+intent+"/authenticate", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	s.stripe.sandbox.ServeHTTP(answer, r)
	return answer.Code
}

// asked pays an order with a card that wants a second step, and returns its client secret.
func (s system) asked(orderID int32) string {
	s.t.Helper()
	return functiontest.Parse[CreatePaymentReply](s.t, s.pay(orderID, "tok_threeDSecure2Required"), 202).ClientSecret
}

// post delivers a webhook.
func (s system) post(payload, signature string) functiontest.Answer {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), "POST", s.URL()+"/api/payments/webhook", strings.NewReader(payload))
	if err != nil {
		s.t.Error(err)
		return functiontest.Answer{}
	}
	req.Header.Set("Stripe-Signature", signature)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Error(err)
		return functiontest.Answer{}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Error(err)
	}
	return functiontest.Answer{Status: resp.StatusCode, Header: resp.Header, Body: string(body)}
}

func signature(payload, secret string, at time.Time) string {
	return webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: []byte(payload), Secret: secret, Timestamp: at}).Header
}

func about(intentID string) string {
	return fmt.Sprintf(`{"id":"evt_1","object":"event","type":"payment_intent.succeeded","data":{"object":{"object":"payment_intent","id":%q}}}`, intentID)
}

// tell delivers a webhook about an intent, and returns the status of the answer.
func (s system) tell(intentID string) int {
	s.t.Helper()
	return s.post(about(intentID), signature(about(intentID), webhookSecret, time.Now())).Status
}
