package main

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/functions/payments/gateway"
	"github.com/gittix/ticketing/shared/config"
)

// started runs a sandbox until the test ends, and returns it with a gateway to it.
func started(t *testing.T, values config.Values) (*server, *gateway.Gateway) {
	t.Helper()
	s, err := open(values)
	if err == nil {
		err = s.Start(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, gateway.New(gateway.Settings{Key: "sk_test_sandbox", URL: s.url, Timeout: time.Minute}, gateway.WebhookSettings{Secret: "whsec_1"})
}

// A charge is webhooks by a webhook, though its card keeps silent for 30 s; that does not hold a process that stops, and the
// next one knows of the charge.
func TestSandbox(t *testing.T) {
	t.Parallel()
	webhooks := make(chan []string, 1)
	payments := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		webhooks <- []string{string(body), r.Header.Get("Stripe-Signature")}
	}))
	t.Cleanup(payments.Close)
	values := config.Values{"PORT": "0", "DATA_DIR": t.TempDir(), "LOG_LEVEL": "ERROR", "SHUTDOWN_TIMEOUT": "20s",
		"STRIPE_WEBHOOK_URL": payments.URL, "STRIPE_WEBHOOK_SECRET": "whsec_1"}
	s, g := started(t, values)
	if r, err := http.Get(s.url + "/api/healthz"); err != nil || r.StatusCode != http.StatusOK || r.Body.Close() != nil {
		t.Errorf("not ready: %+v, %v", r, err)
	}
	intent, err := g.Prepare(t.Context(), gateway.Attempt{Key: "k", OrderID: 3, PaymentID: 7, AmountCents: 4250, Token: "pm_sandbox_timeout"})
	if err != nil {
		t.Fatal(err)
	}
	answered := make(chan error, 1)
	go func() {
		_, err := g.Confirm(t.Context(), "k", intent.ID)
		answered <- err
	}()
	webhook := <-webhooks
	if notice, err := g.ParseWebhook([]byte(webhook[0]), webhook[1]); err != nil || notice.IntentID != intent.ID {
		t.Errorf("a webhook about %q: %v", notice.IntentID, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-answered; !errors.Is(err, gateway.ErrUnavailable) {
		t.Errorf("the request that waited was answered %v", err)
	}
	_, g = started(t, values)
	if found, err := g.Find(t.Context(), intent.ID); err != nil || found.Status != gateway.Succeeded {
		t.Errorf("after a restart: %+v, %v", found, err)
	}
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	for want, values := range map[string]config.Values{
		"PORT":             {"PORT": "http"},
		"SHUTDOWN_TIMEOUT": {"PORT": "0", "SHUTDOWN_TIMEOUT": "0s"},
		"secret":           {"PORT": "0", "STRIPE_WEBHOOK_URL": "http://payments/api/payments/webhook"},
	} {
		if err := run(t.Context(), values); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", values, err)
		}
	}
}
