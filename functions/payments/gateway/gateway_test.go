package gateway_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/functions/payments/gateway"
	"github.com/gittix/ticketing/shared/embedded/stripeserver"
)

const (
	secretKey     = "sk_test_gateway"
	webhookSecret = "whsec_gateway"
	price         = int64(4250)
)

// openSandbox returns a sandbox, and a gateway to it.
func openSandbox(t *testing.T, cfg stripeserver.Config) (*stripeserver.Sandbox, *gateway.Gateway) {
	t.Helper()
	sandbox, err := stripeserver.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sandbox.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return sandbox, at(t, sandbox.ServeHTTP)
}

// at returns a gateway to a Stripe.
func at(t *testing.T, stripe http.HandlerFunc) *gateway.Gateway {
	t.Helper()
	server := httptest.NewServer(stripe)
	t.Cleanup(server.Close)
	return gateway.New(gateway.Settings{Key: secretKey, URL: server.URL, Timeout: time.Minute}, gateway.WebhookSettings{Secret: webhookSecret})
}

func attempt(token string) gateway.Attempt {
	return gateway.Attempt{Key: "attempt", System: "shop", OrderID: 3, PaymentID: 7, AmountCents: price, Token: token}
}

func prepare(t *testing.T, g *gateway.Gateway, token string) gateway.Intent {
	t.Helper()
	return prepareAs(t, g, "attempt", token)
}

func prepareAs(t *testing.T, g *gateway.Gateway, key, token string) gateway.Intent {
	t.Helper()
	a := attempt(token)
	a.Key = key
	intent, err := g.Prepare(t.Context(), a)
	if err != nil {
		t.Fatalf("Prepare(%s): %v", token, err)
	}
	return intent
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		token     string
		confirmed gateway.Status // or
		err       error
		after     gateway.Status // what Find then says
		kept      int64
	}{
		{"tok_visa", gateway.Succeeded, nil, gateway.Succeeded, price},
		{"pm_card_visa", gateway.Succeeded, nil, gateway.Succeeded, price},
		{"tok_chargeDeclined", "", gateway.ErrDeclined, gateway.NeedsPaymentMethod, 0},
		{"pm_card_chargeDeclinedExpiredCard", "", gateway.ErrDeclined, gateway.NeedsPaymentMethod, 0},
		{"tok_threeDSecure2Required", gateway.NeedsAction, nil, gateway.NeedsAction, 0},
		{"pm_sandbox_error", "", gateway.ErrUnavailable, gateway.NeedsConfirmation, 0},
	} {
		t.Run(test.token, func(t *testing.T) {
			t.Parallel()
			sandbox, g := openSandbox(t, stripeserver.Config{})
			prepared := prepare(t, g, test.token)
			if again := prepare(t, g, test.token); again != prepared || prepared.Status != gateway.NeedsConfirmation || prepared.AmountCents != price ||
				prepared.Currency != "usd" || prepared.ClientSecret == "" || prepared.ChargeID != "" || len(sandbox.Ledger().Charges) != 0 {
				t.Errorf("prepared %+v, then %+v", prepared, again)
			}
			confirmed, err := g.Confirm(t.Context(), "attempt", prepared.ID)
			if !errors.Is(err, test.err) || confirmed.Status != test.confirmed {
				t.Errorf("Confirm: %+v, %v", confirmed, err)
			}
			found, err := g.Find(t.Context(), prepared.ID)
			if err != nil || found.Status != test.after || (found.ChargeID != "") != (test.kept > 0) {
				t.Errorf("Find: %+v, %v", found, err)
			}
			if kept := sandbox.Ledger().Kept()[3]; kept != test.kept {
				t.Errorf("kept %d cents, want %d", kept, test.kept)
			}
		})
	}
}

// A card that will not do is the buyer's fault; anything else that Stripe refuses is ours, and no reason to try again.
func TestRefusals(t *testing.T) {
	t.Parallel()
	_, g := openSandbox(t, stripeserver.Config{})
	ctx := t.Context()
	try := func(key string, cents int64, token string) error {
		_, err := g.Prepare(ctx, gateway.Attempt{Key: key, AmountCents: cents, Token: token})
		return err
	}
	_, unknown := g.Find(ctx, "pi_1")
	_, unpaid := g.Refund(ctx, "k", prepare(t, g, "tok_visa").ID)
	_, nothing := g.Cancel(ctx, "k", "pi_1")
	for what, c := range map[string]struct {
		err      error
		declined bool
	}{
		"unknown token":     {try("k1", price, "tok_unknown"), true},
		"unknown method":    {try("k2", price, "pm_unknown"), true},
		"a card number":     {try("k3", price, "4242424242424242"), true},
		"a cent too few":    {try("k4", 49, "pm_card_visa"), false},
		"too much":          {try("k6", 1e9, "pm_card_visa"), false},
		"another's key":     {errors.Join(try("k5", 51, "pm_card_visa"), try("k5", 52, "pm_card_visa")), false},
		"no such intent":    {unknown, false},
		"nothing to cancel": {nothing, false},
		"nothing to refund": {unpaid, false},
	} {
		amount := what == "a cent too few" || what == "too much"
		if errors.Is(c.err, gateway.ErrDeclined) != c.declined || errors.Is(c.err, gateway.ErrRefused) == c.declined ||
			errors.Is(c.err, gateway.ErrAmount) != amount || errors.Is(c.err, gateway.ErrUnavailable) {
			t.Errorf("%s: %v", what, c.err)
		} else if strings.Contains(c.err.Error(), "unknown") || strings.Contains(c.err.Error(), "4242424242424242") {
			t.Errorf("%s: the error shows the token: %v", what, c.err)
		}
	}
}

func TestUnavailable(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
	}{
		"a proxy's page":  {http.StatusBadGateway, `<html>tok_visa`},
		"an empty answer": {http.StatusOK, ``},
		"rate limit":      {http.StatusTooManyRequests, `{"error":{"type":"invalid_request_error","code":"rate_limit","message":"tok_visa"}}`},
		"key in use":      {http.StatusConflict, `{"error":{"type":"idempotency_error","code":"idempotency_key_in_use","message":"tok_visa"}}`},
		"down":            {http.StatusServiceUnavailable, `{"error":{"type":"api_error","message":"tok_visa"}}`},
		"no one there":    {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := at(t, func(w http.ResponseWriter, _ *http.Request) {
				if c.status == 0 {
					panic(http.ErrAbortHandler)
				}
				http.Error(w, c.body, c.status)
			})
			_, err := g.Confirm(t.Context(), "attempt", "pi_1")
			if !errors.Is(err, gateway.ErrUnavailable) {
				t.Fatalf("%v", err)
			}
			for _, secret := range []string{"tok_visa", secretKey, "127.0.0.1/v1"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error shows %q: %v", secret, err)
				}
			}
		})
	}
}
