// Package gateway is the only way to the money: Stripe, behind a few calls and a webhook.
//
// A payment goes through it in steps that a crash may part anywhere. The caller stores a payment with its idempotency
// key, calls [Gateway.Prepare], which moves no money, stores the intent's id, and only then calls [Gateway.Confirm].
// What was interrupted is settled later by the stored id: [Gateway.Find] says what became of it, [Gateway.Cancel] makes
// sure that nothing more will.
//
// Every call ends within Settings.Timeout, its retries included. No error of this package holds a token, a client secret
// or a message written by Stripe (such messages quote what was sent): only codes and Stripe's request id.
package gateway

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/dispute"
	"github.com/stripe/stripe-go/v76/paymentintent"
	"github.com/stripe/stripe-go/v76/paymentmethod"
	"github.com/stripe/stripe-go/v76/refund"
)

// Settings are for the functions that move money.
type Settings struct {
	Key     string        `env:"STRIPE_SECRET_KEY" required:"true" secret:"true" reaches:"internet" example:"sk_test_x"` // sk_… or rk_…
	URL     string        `env:"STRIPE_API_URL"`                                                                         // empty: Stripe itself
	Timeout time.Duration `env:"STRIPE_TIMEOUT" envDefault:"10s"`                                                        // of one request to Stripe
}

// WebhookSettings are for the function that Stripe calls.
type WebhookSettings struct {
	Secret string `env:"STRIPE_WEBHOOK_SECRET" secret:"true"` // whsec_…; empty: no webhook is accepted, and payments are settled by asking
}

// Gateway charges cards through Stripe. It is safe for concurrent use.
type Gateway struct {
	intents       paymentintent.Client
	methods       paymentmethod.Client
	refunds       refund.Client
	disputes      dispute.Client
	backend       stripe.Backend
	key           string
	webhookSecret string
	timeout       time.Duration
	durations     *prometheus.HistogramVec
}

// New returns a Gateway. It opens no connection: the first call does.
func New(settings Settings, webhook WebhookSettings) *Gateway {
	config := &stripe.BackendConfig{
		EnableTelemetry:   stripe.Bool(false),
		HTTPClient:        &http.Client{},
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull}, // it would log what it sends
		MaxNetworkRetries: stripe.Int64(1),
	}
	if settings.URL != "" {
		config.URL = &settings.URL
	}
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, config)
	return &Gateway{
		intents:       paymentintent.Client{B: backend, Key: settings.Key},
		methods:       paymentmethod.Client{B: backend, Key: settings.Key},
		refunds:       refund.Client{B: backend, Key: settings.Key},
		disputes:      dispute.Client{B: backend, Key: settings.Key},
		backend:       backend,
		key:           settings.Key,
		webhookSecret: webhook.Secret,
		timeout:       settings.Timeout,
		durations:     newDurations(),
	}
}

// params is what every call to Stripe carries: its deadline, and the idempotency key of one that changes something.
func params(ctx context.Context, key string) stripe.Params {
	return stripe.Params{Context: ctx, IdempotencyKey: &key}
}
