package stripeserver

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// client calls a sandbox, as curl would.
type client struct {
	t *testing.T
	*Sandbox
}

func open(t *testing.T, cfg Config) client {
	t.Helper()
	s, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	c := client{t, s}
	t.Cleanup(c.close)
	return c
}

func (c client) close() {
	if err := c.Close(context.Background()); err != nil {
		c.t.Error(err)
	}
}

// response is what came back: an object of Stripe's, or an error.
type response struct {
	status int
	header http.Header
	raw    string

	ID, Status   string
	ClientSecret string `json:"client_secret"`
	Error        struct {
		failure
		PaymentIntent struct{ Status string } `json:"payment_intent"`
	}
}

func (c client) call(method, path, key, form string) response {
	c.t.Helper()
	req := httptest.NewRequestWithContext(c.t.Context(), method, path, strings.NewReader(form))
	req.Header.Set("Authorization", "Bearer sk_test_sandbox")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Idempotency-Key", key)
	w := httptest.NewRecorder()
	c.ServeHTTP(w, req)
	r := response{status: w.Code, header: w.Header(), raw: w.Body.String()}
	if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil {
		c.t.Errorf("%s: %v", r.raw, err)
	}
	return r
}

func (c client) confirm(id, key string) response {
	return c.call("POST", "/v1/payment_intents/"+id+"/confirm", key, "use_stripe_sdk=true")
}

func (c client) authenticate(id, secret, outcome string) response {
	return c.call("POST", "/sandbox/payment_intents/"+id+"/authenticate", "", "client_secret="+secret+"&outcome="+outcome)
}

// intent makes one of 42.50 dollars for order 3.
func (c client) intent(method string) response {
	return c.call("POST", "/v1/payment_intents", "", intentForm(method))
}

func intentForm(method string) string {
	return "amount=4250&currency=usd&payment_method_types[]=card&metadata[order_id]=3&metadata[payment_id]=7&payment_method=" + method
}

// want checks what was answered: a status, and the code of an error or the state of an object.
func (c client) want(r response, status int, code string) {
	c.t.Helper()
	if r.status != status || r.Error.Code+r.Status != code {
		c.t.Errorf("want %d %s, got %d %s", status, code, r.status, r.raw)
	}
}

// stands checks an intent's state, and how often its order was charged.
func (c client) stands(id, status string, charges int) {
	c.t.Helper()
	c.want(c.call("GET", "/v1/payment_intents/"+id, "", ""), 200, status)
	if got := c.Ledger().ChargesOf(3); len(got) != charges {
		c.t.Errorf("charged %+v, want %d charges", got, charges)
	}
}
