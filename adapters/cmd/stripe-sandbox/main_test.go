package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/chaos/shopper"
	"github.com/gittix/ticketing/functions/payments/gateway"
	"github.com/gittix/ticketing/shared/config"
)

const (
	patience      = 30 * time.Second
	webhookSecret = "whsec_of_a_test"
)

// TestPayment: a charge through Stripe's own library, the webhook that tells of it, and what is known of it after a
// restart.
func TestPayment(t *testing.T) {
	t.Parallel()
	told := make(chan gateway.WebhookEvent, 8)
	reader := gateway.New(gateway.Config{WebhookSecret: webhookSecret})
	payments := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		e, notSigned := reader.ParseWebhook(body, r.Header.Get("Stripe-Signature"))
		if err := errors.Join(err, notSigned); err != nil {
			t.Error(err)
		}
		told <- e
	}))
	t.Cleanup(payments.Close)
	values := config.Values{"PORT": "0", "DATA_DIR": t.TempDir(), "LOG_LEVEL": "ERROR",
		"STRIPE_WEBHOOK_URL": payments.URL, "STRIPE_WEBHOOK_SECRET": webhookSecret}
	p := started(t, values)
	asks := at(p)
	intent, err := asks.Prepare(t.Context(), gateway.Attempt{Key: "k", OrderID: 3, PaymentID: 7, AmountCents: 4250, Token: "tok_visa"})
	if err != nil {
		t.Fatal(err)
	}
	if paid, err := asks.Confirm(t.Context(), "k", intent.ID); err != nil || paid.Status != gateway.Succeeded || paid.ChargeID == "" {
		t.Fatalf("confirmed: %+v, %v", paid, err)
	}
	for heard := false; !heard; {
		select {
		case e := <-told:
			heard = e.Type == "payment_intent.succeeded" && e.Intent.ID == intent.ID
		case <-time.After(patience):
			t.Fatal("no webhook")
		}
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if found, err := at(started(t, values)).Find(t.Context(), intent.ID); err != nil || found.Status != gateway.Succeeded {
		t.Errorf("after a restart: %+v, %v", found, err)
	}
}

func TestProbes(t *testing.T) {
	t.Parallel()
	p := started(t, config.Values{"PORT": "0"})
	for _, path := range []string{"/health", "/api/healthz"} {
		r, err := http.Get(p.url + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Body.Close() // the status is all that matters
		if r.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
}

// TestStop: a card that keeps silent for 30 s does not hold the process.
func TestStop(t *testing.T) {
	t.Parallel()
	p := started(t, config.Values{"PORT": "0", "SHUTDOWN_TIMEOUT": "20s"})
	asks := at(p)
	intent, err := asks.Prepare(t.Context(), gateway.Attempt{Key: "k", OrderID: 3, PaymentID: 7, AmountCents: 4250, Token: "pm_sandbox_timeout"})
	if err != nil {
		t.Fatal(err)
	}
	answered := make(chan error, 1)
	go func() {
		_, err := asks.Confirm(t.Context(), "k", intent.ID)
		answered <- err
	}()
	if err := shopper.Await(t.Context(), patience, func(context.Context) error {
		if len(p.sandbox.Ledger().Charges) == 0 {
			return errors.New("not charged")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if err := <-answered; !errors.Is(err, gateway.ErrUnavailable) {
		t.Errorf("who waited hears %v", err)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run(ctx, config.Values{"PORT": "0"}); err != nil {
		t.Error(err)
	}
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	_, taken, _ := strings.Cut(started(t, config.Values{"PORT": "0"}).url, "://[::]:")
	for want, values := range map[string]config.Values{
		taken:    {"PORT": taken},
		"PORT":   {"PORT": "http"},
		"secret": {"PORT": "0", "STRIPE_WEBHOOK_URL": "http://payments/api/payments/webhook"},
	} {
		if err := run(t.Context(), values); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", values, err)
		}
	}
}

func at(p *server) *gateway.Gateway {
	return gateway.New(gateway.Config{SecretKey: "sk_test_sandbox", APIURL: p.url, WebhookSecret: webhookSecret})
}

// started runs a sandbox until the test ends.
func started(t *testing.T, values config.Values) *server {
	t.Helper()
	p, err := open(values)
	if err == nil {
		err = p.Start(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}
