package gateway_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gittix/ticketing/functions/payments/gateway"
)

// stripeMock runs Stripe's own github.com/stripe/stripe-mock, which checks every
// request against Stripe's OpenAPI description, and returns its URL. The binary
// is $STRIPE_MOCK, or the one in .data/tools/bin, or the one on the PATH.
func stripeMock(t *testing.T) string {
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
	address := make(chan string, 1)
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(address)
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			if _, found, ok := strings.Cut(lines.Text(), "Listening for HTTP at address: "); ok {
				address <- found
			}
		}
	})
	t.Cleanup(func() {
		cancel()
		reading.Wait()
		if err := process.Wait(); err == nil || ctx.Err() == nil {
			t.Errorf("stripe-mock ended by itself: %v", err)
		}
	})
	select {
	case listening, ok := <-address:
		if !ok {
			t.Fatal("stripe-mock ended before it listened")
		}
		return "http://" + listening
	case <-time.After(time.Minute):
		t.Fatal("stripe-mock does not listen")
	}
	return ""
}

// recorder notes each request on its way.
type recorder struct {
	mu   sync.Mutex
	seen []string // method, path, idempotency key, parameters
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := req.GetBody()
	if err != nil {
		return nil, err
	}
	form, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	values, err := url.ParseQuery(string(form) + req.URL.RawQuery) // one of them is empty
	if err != nil {
		return nil, err
	}
	parameters := make([]string, 0, len(values))
	for name, value := range values {
		parameters = append(parameters, name+"="+strings.Join(value, ","))
	}
	slices.Sort(parameters)
	r.mu.Lock()
	r.seen = append(r.seen, strings.Join([]string{req.Method, req.URL.Path, req.Header.Get("Idempotency-Key"), strings.Join(parameters, " ")}, " "))
	r.mu.Unlock()
	return http.DefaultTransport.RoundTrip(req)
}

func TestRequestsPassStripesOwnValidator(t *testing.T) {
	t.Parallel()
	mock := stripeMock(t)
	requests := &recorder{}
	g := gateway.New(gateway.Config{SecretKey: secretKey, APIURL: mock, HTTPClient: &http.Client{Transport: requests}})
	ctx := t.Context()

	for _, token := range []string{"tok_visa", "pm_card_visa"} {
		intent, err := g.Prepare(ctx, gateway.Attempt{Key: token, OrderID: 3, PaymentID: 7, AmountCents: price, Token: token})
		if err != nil || intent.AmountCents != price || intent.Currency != "usd" || !strings.HasPrefix(intent.ID, "pi_") {
			t.Errorf("Prepare(%s): %+v, %v", token, intent, err)
		}
	}
	for name, call := range map[string]func() (gateway.Intent, error){
		"Confirm": func() (gateway.Intent, error) { return g.Confirm(ctx, "key", "pi_1") },
		"Find":    func() (gateway.Intent, error) { return g.Find(ctx, "pi_1") },
		"Cancel":  func() (gateway.Intent, error) { return g.Cancel(ctx, "key", "pi_1") },
	} {
		if intent, err := call(); err != nil || intent.ID != "pi_1" || intent.ClientSecret == "" { // its fixture has no other state
			t.Errorf("%s: %+v, %v", name, intent, err)
		}
	}
	if err := g.Refund(ctx, "key", "pi_1"); err != nil {
		t.Errorf("Refund: %v", err)
	}

	slices.Sort(requests.seen)
	const attempt = "amount=4250 confirmation_method=automatic currency=usd metadata[order_id]=3 metadata[payment_id]=7 "
	want := []string{
		"GET /v1/payment_intents/pi_1  expand[0]=latest_charge",
		"POST /v1/payment_intents pm_card_visa-intent " + attempt + "payment_method=pm_card_visa payment_method_types[0]=card",
		"POST /v1/payment_intents tok_visa-intent " + attempt + "payment_method=pm_MOCK payment_method_types[0]=card",
		"POST /v1/payment_intents/pi_1/cancel key-cancel ",
		"POST /v1/payment_intents/pi_1/confirm key-confirm use_stripe_sdk=true",
		"POST /v1/payment_methods tok_visa-method card[token]=tok_visa type=card",
		"POST /v1/refunds key-refund payment_intent=pi_1",
	}
	for i, seen := range requests.seen { // the mock makes up the payment method's id
		requests.seen[i] = regexp.MustCompile(`\bpm_[A-Za-z0-9]{10,}`).ReplaceAllString(seen, "pm_MOCK")
	}
	if !slices.Equal(requests.seen, want) {
		t.Errorf("sent\n%s", strings.Join(requests.seen, "\n"))
	}
	refusesWhatIsWrong(t, mock)
}

// refusesWhatIsWrong makes sure that the validator does validate.
func refusesWhatIsWrong(t *testing.T, mock string) {
	t.Helper()
	body := url.Values{"amount": {"4250"}, "currency": {"usd"}, "no_such_parameter": {"1"}}.Encode()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, mock+"/v1/payment_intents", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+secretKey)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if answer, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusBadRequest {
		t.Errorf("stripe-mock took an unknown parameter: %s %s, %v", resp.Status, answer, err)
	}
}
