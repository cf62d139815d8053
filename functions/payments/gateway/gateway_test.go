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

// openSandbox returns a sandbox and the URL where it listens.
func openSandbox(t *testing.T, cfg stripeserver.Config) (*stripeserver.Sandbox, string) {
	t.Helper()
	sandbox, err := stripeserver.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sandbox)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := sandbox.Close(ctx); err != nil {
			t.Error(err)
		}
		server.Close()
	})
	return sandbox, server.URL
}

func at(url string) *gateway.Gateway {
	return gateway.New(gateway.Config{SecretKey: secretKey, APIURL: url, WebhookSecret: webhookSecret})
}

func prepare(t *testing.T, g *gateway.Gateway, token string) gateway.Intent {
	t.Helper()
	intent, err := g.Prepare(t.Context(), gateway.Attempt{Key: "attempt", OrderID: 3, PaymentID: 7, AmountCents: price, Token: token})
	if err != nil {
		t.Fatalf("Prepare(%s): %v", token, err)
	}
	return intent
}

func TestPrepareMovesNoMoney(t *testing.T) {
	t.Parallel()
	sandbox, url := openSandbox(t, stripeserver.Config{})
	g := at(url)
	first := prepare(t, g, "tok_visa")
	if first.Status != gateway.NeedsConfirmation || first.PaymentID != 7 || first.AmountCents != price ||
		first.Currency != "usd" || first.ClientSecret == "" || first.ChargeID != "" || !strings.HasPrefix(first.ID, "pi_") {
		t.Errorf("prepared %+v", first)
	}
	if again := prepare(t, g, "tok_visa"); again != first {
		t.Errorf("the same attempt again made %+v, not %+v", again, first)
	}
	if charges := sandbox.Ledger().Charges; len(charges) != 0 {
		t.Errorf("money moved: %+v", charges)
	}
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
		{token: "tok_visa", confirmed: gateway.Succeeded, after: gateway.Succeeded, kept: price},
		{token: "tok_mastercard", confirmed: gateway.Succeeded, after: gateway.Succeeded, kept: price},
		{token: "tok_amex", confirmed: gateway.Succeeded, after: gateway.Succeeded, kept: price},
		{token: "pm_card_visa", confirmed: gateway.Succeeded, after: gateway.Succeeded, kept: price},
		{token: "pm_card_mastercard", confirmed: gateway.Succeeded, after: gateway.Succeeded, kept: price},
		{token: "tok_chargeDeclined", err: gateway.ErrDeclined, after: gateway.NeedsPaymentMethod},
		{token: "pm_card_chargeDeclined", err: gateway.ErrDeclined, after: gateway.NeedsPaymentMethod},
		{token: "tok_chargeDeclinedInsufficientFunds", err: gateway.ErrDeclined, after: gateway.NeedsPaymentMethod},
		{token: "pm_card_chargeDeclinedExpiredCard", err: gateway.ErrDeclined, after: gateway.NeedsPaymentMethod},
		{token: "tok_threeDSecure2Required", confirmed: gateway.NeedsAction, after: gateway.NeedsAction},
		{token: "pm_card_authenticationRequired", confirmed: gateway.NeedsAction, after: gateway.NeedsAction},
		{token: "pm_sandbox_slow", confirmed: gateway.Succeeded, after: gateway.Succeeded, kept: price},
		{token: "pm_sandbox_error", err: gateway.ErrUnavailable, after: gateway.NeedsConfirmation},
	} {
		t.Run(test.token, func(t *testing.T) {
			t.Parallel()
			sandbox, url := openSandbox(t, stripeserver.Config{Slow: func(context.Context) {}})
			g := at(url)
			prepared := prepare(t, g, test.token)
			confirmed, err := g.Confirm(t.Context(), "attempt", prepared.ID)
			if !errors.Is(err, test.err) || confirmed.Status != test.confirmed {
				t.Errorf("Confirm: %+v, %v", confirmed, err)
			}
			found, err := g.Find(t.Context(), prepared.ID)
			if err != nil || found.Status != test.after || found.PaymentID != 7 || (found.ChargeID != "") != (test.kept > 0) {
				t.Errorf("Find: %+v, %v", found, err)
			}
			if kept := sandbox.Ledger().Kept()[3]; kept != test.kept {
				t.Errorf("kept %d cents, want %d", kept, test.kept)
			}
		})
	}
}

func TestPrepareRefusesWhatIsNoCard(t *testing.T) {
	t.Parallel()
	_, url := openSandbox(t, stripeserver.Config{})
	g := at(url)
	for _, token := range []string{"tok_unknownToStripe", "pm_unknownToStripe", "4242424242424242", ""} {
		_, err := g.Prepare(t.Context(), gateway.Attempt{Key: "k" + token, AmountCents: price, Token: token})
		if !errors.Is(err, gateway.ErrDeclined) {
			t.Errorf("%q: %v", token, err)
		} else if token != "" && strings.Contains(err.Error(), token) {
			t.Errorf("the error tells the token: %v", err)
		}
	}
}

func TestPlainErrors(t *testing.T) {
	t.Parallel()
	_, url := openSandbox(t, stripeserver.Config{})
	g := at(url)
	foreign := gateway.New(gateway.Config{SecretKey: "sk_live_wrong", APIURL: url})
	for name, call := range map[string]func(context.Context) error{
		"wrong secret key": func(ctx context.Context) error { _, err := foreign.Find(ctx, "pi_1"); return err },
		"no such intent":   func(ctx context.Context) error { _, err := g.Find(ctx, "pi_1"); return err },
		"confirm nothing":  func(ctx context.Context) error { _, err := g.Confirm(ctx, "k", "pi_1"); return err },
		"cancel nothing":   func(ctx context.Context) error { _, err := g.Cancel(ctx, "k", "pi_1"); return err },
		"refund nothing":   func(ctx context.Context) error { return g.Refund(ctx, "k", "pi_1") },
		"no intent id":     func(ctx context.Context) error { _, err := g.Find(ctx, ""); return err },
		"no key":           func(ctx context.Context) error { _, err := g.Confirm(ctx, "", "pi_1"); return err },
		"key too long":     func(ctx context.Context) error { return g.Refund(ctx, strings.Repeat("k", 201), "pi_1") },
		"a cent too few": func(ctx context.Context) error {
			_, err := g.Prepare(ctx, gateway.Attempt{Key: "k1", AmountCents: 49, Token: "pm_card_visa"})
			return err
		},
		"negative amount": func(ctx context.Context) error {
			_, err := g.Prepare(ctx, gateway.Attempt{Key: "k2", AmountCents: -1, Token: "pm_card_visa"})
			return err
		},
		"key of another attempt": func(ctx context.Context) error {
			_, first := g.Prepare(ctx, gateway.Attempt{Key: "k3", AmountCents: 50, Token: "pm_card_visa"})
			_, second := g.Prepare(ctx, gateway.Attempt{Key: "k3", AmountCents: 51, Token: "pm_card_visa"})
			return errors.Join(second, first)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := call(t.Context()); err == nil || errors.Is(err, gateway.ErrDeclined) || errors.Is(err, gateway.ErrUnavailable) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestUnavailable(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for _, test := range []struct {
		name   string
		status int
		body   string
	}{
		{"a proxy's page", http.StatusBadGateway, `<html>tok_visa`},
		{"an empty answer", http.StatusOK, ``},
		{"rate limit", http.StatusTooManyRequests, `{"error":{"type":"invalid_request_error","code":"rate_limit","message":"tok_visa"}}`},
		{"locked", http.StatusTooManyRequests, `{"error":{"type":"invalid_request_error","code":"lock_timeout","message":"tok_visa"}}`},
		{"key in use", http.StatusConflict, `{"error":{"type":"idempotency_error","code":"idempotency_key_in_use","message":"tok_visa"}}`},
		{"down", http.StatusServiceUnavailable, `{"error":{"type":"api_error","message":"tok_visa"}}`},
		{"no one there", 0, ``},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			url := gone.URL
			if test.status != 0 {
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.WriteHeader(test.status)
					if _, err := w.Write([]byte(test.body)); err != nil {
						t.Error(err)
					}
				}))
				t.Cleanup(server.Close)
				url = server.URL
			}
			_, err := at(url).Confirm(t.Context(), "attempt", "pi_1")
			if !errors.Is(err, gateway.ErrUnavailable) {
				t.Fatalf("%v", err)
			}
			for _, secret := range []string{"tok_visa", secretKey, url} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error tells %q: %v", secret, err)
				}
			}
		})
	}
}
