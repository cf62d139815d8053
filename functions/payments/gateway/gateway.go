// Package gateway is the only door to the money: Stripe behind six calls.
//
// A payment goes through it in steps that a crash may part anywhere. The caller
// stores a payment row with its idempotency key, calls [Gateway.Prepare], which
// moves no money, stores the intent's id, and only then calls [Gateway.Confirm].
// Whatever was interrupted is settled later from the stored id: [Gateway.Find]
// says what became of it, [Gateway.Cancel] makes sure that nothing more will.
//
// Every call ends within Config.Timeout, its retries included. No error of this
// package holds a token, a client secret or a message written by Stripe (such
// messages quote what was sent): only codes and Stripe's request id.
package gateway

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/paymentintent"
	"github.com/stripe/stripe-go/v76/paymentmethod"
	"github.com/stripe/stripe-go/v76/refund"
)

const (
	defaultTimeout = 20 * time.Second
	networkRetries = 1
)

// Config says which Stripe account to charge, and how long to wait for it.
type Config struct {
	SecretKey     string        // sk_test_… or sk_live_…
	APIURL        string        // where Stripe is; empty means api.stripe.com
	WebhookSecret string        // whsec_…; without it every webhook is refused
	Timeout       time.Duration // of one call with its retries; 0 means 20 s
	HTTPClient    *http.Client  // nil means a plain one
}

// Gateway charges cards through Stripe. It is safe for concurrent use.
type Gateway struct {
	intents       paymentintent.Client
	methods       paymentmethod.Client
	refunds       refund.Client
	webhookSecret string
	timeout       time.Duration
	durations     *prometheus.HistogramVec
}

// New returns a Gateway. It opens no connection: the first call does.
func New(cfg Config) *Gateway {
	if cfg.Timeout <= 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = &http.Client{}
	}
	settings := &stripe.BackendConfig{
		EnableTelemetry:   stripe.Bool(false),
		HTTPClient:        cfg.HTTPClient,
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull}, // it would log what it sends
		MaxNetworkRetries: stripe.Int64(networkRetries),
	}
	if cfg.APIURL != "" {
		settings.URL = &cfg.APIURL
	}
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, settings)
	return &Gateway{
		intents:       paymentintent.Client{B: backend, Key: cfg.SecretKey},
		methods:       paymentmethod.Client{B: backend, Key: cfg.SecretKey},
		refunds:       refund.Client{B: backend, Key: cfg.SecretKey},
		webhookSecret: cfg.WebhookSecret,
		timeout:       cfg.Timeout,
		durations:     newDurations(),
	}
}

// params is what every call to Stripe carries: its deadline and its key.
func params(ctx context.Context, key string) stripe.Params {
	p := stripe.Params{Context: ctx}
	if key != "" {
		p.IdempotencyKey = &key
	}
	return p
}

// Confirm asks Stripe to charge the intent's card: money may move. It returns
// the intent as it then stands, which is also the answer when it could no
// longer be confirmed: Succeeded, NeedsAction, Processing, or Cancelled.
//
// Errors: ErrDeclined, after which the intent needs another card; ErrUnavailable,
// after which only Find knows whether the money moved.
func (g *Gateway) Confirm(ctx context.Context, key, intentID string) (_ Intent, err error) {
	if err := checkKey(key); err != nil {
		return Intent{}, err
	}
	ctx, end := g.call(ctx, "confirm")
	defer func() { end(err) }()
	pi, err := g.intents.Confirm(intentID, &stripe.PaymentIntentConfirmParams{
		Params:       params(ctx, key+"-confirm"),
		UseStripeSDK: stripe.Bool(true),
	})
	if unexpectedState(err) {
		return g.Find(ctx, intentID)
	}
	if err != nil {
		return Intent{}, wrap("confirm", err)
	}
	return intentOf(pi), nil
}

// Find returns the intent as it stands at Stripe.
//
// Errors: ErrUnavailable.
func (g *Gateway) Find(ctx context.Context, intentID string) (_ Intent, err error) {
	if intentID == "" {
		return Intent{}, errors.New("gateway: find: empty intent id")
	}
	ctx, end := g.call(ctx, "find")
	defer func() { end(err) }()
	pi, err := g.intents.Get(intentID, &stripe.PaymentIntentParams{
		Params: params(ctx, ""),
		Expand: []*string{stripe.String("latest_charge")},
	})
	if err != nil {
		return Intent{}, wrap("find", err)
	}
	return intentOf(pi), nil
}
