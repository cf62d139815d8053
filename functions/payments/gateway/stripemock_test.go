package gateway_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// stripeMock runs Stripe's own github.com/stripe/stripe-mock, which checks every request against Stripe's OpenAPI
// description, and returns a proxy to it. The binary is $STRIPE_MOCK, or the one in .data/tools/bin, or the one on the PATH.
func stripeMock(t *testing.T) *httputil.ReverseProxy {
	t.Helper()
	binary := os.Getenv("STRIPE_MOCK")
	if binary == "" {
		binary = filepath.Join("..", "..", "..", ".data", "tools", "bin", "stripe-mock")
		if _, err := os.Stat(binary); err != nil {
			binary = "stripe-mock"
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	process := exec.CommandContext(ctx, binary, "-http-addr", "127.0.0.1:0")
	stdout, err := process.StdoutPipe()
	if err == nil {
		err = process.Start()
	}
	if err != nil {
		cancel()
		t.Fatalf("stripe-mock cannot run, so nothing shows that Stripe would take our requests: %v\n"+
			"GOBIN=<repository>/.data/tools/bin go install github.com/stripe/stripe-mock@v0.203.0", err)
	}
	t.Cleanup(func() {
		cancel()
		if err := process.Wait(); err == nil || ctx.Err() == nil {
			t.Errorf("stripe-mock ended by itself: %v", err)
		}
	})
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if _, address, ok := strings.Cut(lines.Text(), "Listening for HTTP at address: "); ok {
			return httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: address})
		}
	}
	t.Fatal("stripe-mock ended before it listened")
	return nil
}

func TestRequestsPassStripesOwnValidator(t *testing.T) {
	t.Parallel()
	mock := stripeMock(t)
	var sent []string // method, path, idempotency key, parameters
	madeUp := regexp.MustCompile(`\bpm_[A-Za-z0-9]{10,}`)
	g := at(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		form, malformed := url.QueryUnescape(string(body))
		if err := errors.Join(err, malformed); err != nil {
			t.Error(err)
		}
		parameters := strings.Split(madeUp.ReplaceAllString(form, "pm_MOCK"), "&")
		slices.Sort(parameters)
		sent = append(sent, strings.Join(append([]string{r.Method, r.URL.RequestURI(), r.Header.Get("Idempotency-Key")}, parameters...), " "))
		mock.ServeHTTP(w, r)
	})
	ctx := t.Context()
	for _, token := range []string{"tok_visa", "pm_card_visa"} {
		if intent := prepare(t, g, token); intent.AmountCents != price || intent.Currency != "usd" || !strings.HasPrefix(intent.ID, "pi_") {
			t.Errorf("Prepare(%s): %+v", token, intent)
		}
	}
	confirmed, err1 := g.Confirm(ctx, "key", "pi_1")
	found, err2 := g.Find(ctx, "pi_1")
	cancelled, err3 := g.Cancel(ctx, "key", "pi_1")
	_, err4 := g.FindReversals(ctx, "pi_1")
	_, _, err5 := g.ReversedBetween(ctx, time.Unix(1000, 0), time.Unix(2000, 0), "")
	_, err6 := g.Refund(ctx, "key", "pi_1")
	_, _, err7 := g.AttemptsSince(ctx, time.Unix(1000, 0), "pi_1")
	if err := errors.Join(err1, err2, err3, err4, err5, err6, err7); err != nil || confirmed.ID+found.ID+cancelled.ID != "pi_1pi_1pi_1" {
		t.Errorf("%+v, %+v, %+v, %v", confirmed, found, cancelled, err)
	}
	const parameters = " amount=4250 confirmation_method=automatic currency=usd metadata[order_id]=3 metadata[payment_id]=7 metadata[system]=shop payment_method="
	if want := []string{
		"POST /v1/payment_methods attempt-method card[token]=tok_visa type=card",
		"POST /v1/payment_intents attempt-intent" + parameters + "pm_MOCK payment_method_types[0]=card",
		"POST /v1/payment_intents attempt-intent" + parameters + "pm_card_visa payment_method_types[0]=card",
		"POST /v1/payment_intents/pi_1/confirm key-confirm use_stripe_sdk=true",
		"GET /v1/payment_intents/pi_1  ",
		"POST /v1/payment_intents/pi_1/cancel key-cancel ",
		"GET /v1/refunds?limit=100&payment_intent=pi_1  ",
		"GET /v1/disputes?limit=100&payment_intent=pi_1  ",
		"GET /v1/events?created[gte]=1000&created[lte]=2000&limit=100&types[]=charge.refunded&types[]=charge.refund.updated" +
			"&types[]=refund.created&types[]=refund.updated&types[]=refund.failed" +
			"&types[]=charge.dispute.created&types[]=charge.dispute.updated&types[]=charge.dispute.closed  ",
		"POST /v1/refunds key-refund payment_intent=pi_1",
		"GET /v1/payment_intents?limit=100&starting_after=pi_1&created[gte]=1000  ",
	}; !slices.Equal(sent, want) {
		t.Errorf("sent\n%s", strings.Join(sent, "\n"))
	}

	wrong := httptest.NewRequestWithContext(ctx, "POST", "/v1/payment_intents", strings.NewReader("amount=4250&currency=usd&no_such_parameter=1"))
	wrong.Header = http.Header{"Authorization": {"Bearer " + secretKey}, "Content-Type": {"application/x-www-form-urlencoded"}}
	w := httptest.NewRecorder()
	if mock.ServeHTTP(w, wrong); w.Code != http.StatusBadRequest {
		t.Errorf("stripe-mock took an unknown parameter: %d %s", w.Code, w.Body)
	}
}
