package payments

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"time"
)

// stripeObject is a refund, a dispute, or a list of them.
type stripeObject struct {
	ID, Status string
	Data       []stripeObject
}

// elsewhere does at Stripe what others do there: in the dashboard, or at a bank. It returns the zero object if Stripe refuses.
func (s *stripe) elsewhere(method, path string, form url.Values) (o stripeObject) {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode())) //nolint:noctx // nothing waits for it
	r.Header = http.Header{"Authorization": {"Bearer sk_test_dashboard"}, "Content-Type": {"application/x-www-form-urlencoded"}}
	w := httptest.NewRecorder()
	if s.sandbox.ServeHTTP(w, r); w.Code == http.StatusOK {
		_ = json.Unmarshal(w.Body.Bytes(), &o) // the zero object says so
	}
	return o
}

// refundElsewhere is made in the dashboard: of that many cents, or of all that is left for 0. It returns the refund's id.
func (f fixture) refundElsewhere(p Payment, cents int64) string {
	form := url.Values{"payment_intent": {p.IntentID}}
	if cents > 0 {
		form.Set("amount", fmt.Sprint(cents))
	}
	return f.stripe.elsewhere("POST", "/v1/refunds", form).ID
}

// disputed is what the buyer's bank does with a payment.
func (f fixture) disputed(p Payment) {
	f.stripe.elsewhere("POST", "/v1/test_helpers/charges/"+p.StripeCharge.ID+"/dispute", nil)
}

// settled is what the bank does with a refund of a payment: succeed or fail.
func (f fixture) settled(p Payment, outcome string) {
	f.decided(p, "refunds", "pending", "settle", outcome)
}

// closed is what the bank does with a dispute of a payment: win or lose, for us.
func (f fixture) closed(p Payment, outcome string) {
	f.decided(p, "disputes", "needs_response", "close", outcome)
}

// decided decides what is open or, if nothing is, the newest.
func (f fixture) decided(p Payment, kind, open, verb, outcome string) {
	all := f.stripe.elsewhere("GET", "/v1/"+kind+"?payment_intent="+p.IntentID, nil).Data
	if len(all) > 0 {
		at := max(slices.IndexFunc(all, func(o stripeObject) bool { return o.Status == open }), 0)
		f.stripe.elsewhere("POST", "/v1/test_helpers/"+kind+"/"+all[at].ID+"/"+verb, url.Values{"outcome": {outcome}})
	}
}

// tellOfRefunds sends the webhook that says that refunds or disputes of a payment have changed.
func (f fixture) tellOfRefunds(p Payment) {
	f.t.Helper()
	payload := fmt.Sprintf(`{"id":"evt_1","type":"refund.updated","data":{"object":{"object":"refund","payment_intent":%q}}}`, p.IntentID)
	if a := f.send(payload, signature(payload, webhookSecret, time.Now())); a.Status != 200 && a.Status != 503 {
		f.t.Errorf("webhook: %d %s", a.Status, a.Body)
	}
}
