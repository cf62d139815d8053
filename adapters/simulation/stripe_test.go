package simulation

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"time"

	"github.com/gittix/ticketing/shared/embedded/stripeserver"
)

// fault is what goes wrong with one effect of a task.
type fault struct {
	kind string
	at   int // the first effect that it can hit, counted from 1
}

var none fault

// The kinds. A statement can only be lost.
const (
	lost       = "lost"       // the call does not arrive
	unanswered = "unanswered" // it arrives, and its answer is lost
	refused    = "refused"    // by Stripe, which does not know the key of the account
	broken     = "broken"     // Stripe answers 500, and will again for this idempotency key
	poor       = "too low"    // Stripe's balance, for a refund
)

var faults = map[string]stripeserver.Fault{
	refused: {Status: http.StatusUnauthorized},
	broken:  {Status: http.StatusInternalServerError},
	poor:    {Call: "/refunds", Method: http.MethodPost, Status: http.StatusBadRequest, Code: "balance_insufficient"},
}

// toStripe is the network between a process and Stripe.
type toStripe struct{}

var ids = regexp.MustCompile(`/(pi|ch|re|dp)_[A-Za-z0-9_]+`)

// RoundTrip implements http.RoundTripper.
func (toStripe) RoundTrip(r *http.Request) (*http.Response, error) {
	t := running(r.Context())
	if t == nil {
		return nil, errors.New("simulation: there is no network")
	}
	body := &bytes.Buffer{}
	if r.Body != nil {
		_, _ = io.Copy(body, r.Body) // from memory
		_ = r.Body.Close()
	}
	can := []string{lost, unanswered, refused, broken}
	if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/refunds") {
		can = append(can, poor)
	}
	kind, err := t.reach("Stripe's "+r.Method+" "+ids.ReplaceAllString(r.URL.Path, "/…"), can...)
	if err != nil {
		return nil, err
	}
	stripe := t.process.world.stripe
	stripe.Fail(faults[kind])
	answer := httptest.NewRecorder()
	copied := httptest.NewRequestWithContext(r.Context(), r.Method, r.URL.String(), body)
	copied.Header = r.Header
	stripe.ServeHTTP(answer, copied)
	stripe.Fail(stripeserver.Fault{})
	if kind == unanswered {
		return nil, errLost
	}
	return answer.Result(), nil
}

// at asks Stripe as the buyer's browser does, or a bank.
func (w *world) atStripe(method, path, form string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(w.t.Context(), method, path, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer sk_test_simulation")
	answer := httptest.NewRecorder()
	w.stripe.ServeHTTP(answer, r)
	return answer
}

// webhooks are the events that Stripe tells of, the newest first.
func (w *world) webhooks() []json.RawMessage {
	var list struct{ Data []json.RawMessage }
	if err := json.Unmarshal(w.atStripe("GET", "/v1/events?limit=100", "").Body.Bytes(), &list); err != nil {
		w.t.Fatal(err)
	}
	return list.Data
}

// signature is Stripe's, of a webhook that is sent now.
func signature(payload []byte) string {
	mac := hmac.New(sha256.New, []byte(webhookSecret))
	fmt.Fprintf(mac, "%d.%s", time.Now().Unix(), payload)
	return fmt.Sprintf("t=%d,v1=%s", time.Now().Unix(), hex.EncodeToString(mac.Sum(nil)))
}
