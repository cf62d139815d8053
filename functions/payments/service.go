// Package payments takes money for orders, and gives it back when it came too late.
//
// Its promises: an order is charged at most once, because at most one payment of it is under way or has
// succeeded (a unique index says so); no payment is forgotten, because its row and its idempotency key
// are stored before Stripe is asked, and what a crash or time-out left open is settled by asking Stripe.
package payments

import (
	"context"
	"embed"
	"errors"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gittix/ticketing/functions/payments/gateway"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Settings of the service.
type Settings struct {
	Database      postgres.Settings
	Session       session.Settings
	StripeKey     string        `env:"STRIPE_SECRET_KEY,required"` // sk_…
	StripeURL     string        `env:"STRIPE_API_URL"`             // empty: Stripe itself
	WebhookSecret string        `env:"STRIPE_WEBHOOK_SECRET"`      // whsec_…; empty: no webhook is accepted, the reconciler does its work
	StripeTimeout time.Duration `env:"STRIPE_TIMEOUT" envDefault:"10s"`
}

// Validate refuses a time-out that no payment could keep.
func (s Settings) Validate() error {
	if s.StripeTimeout <= 0 {
		return errors.New("STRIPE_TIMEOUT must be above zero")
	}
	return nil
}

// Payments are the handlers.
type Payments struct {
	store   store
	gateway *gateway.Gateway
	timeout time.Duration // of one attempt, all its calls to Stripe included
	now     func() time.Time

	outcomes *prometheus.CounterVec
}

// New returns the service. Nothing is connected yet.
func New(values config.Values) (function.Service, error) {
	settings, err := config.Parse[Settings](values)
	if err != nil {
		return function.Service{}, err
	}
	db, err := postgres.Open(settings.Database.URL, postgres.Events(), postgres.NewSchema("payments", migrations))
	if err != nil {
		return function.Service{}, err
	}
	return newPayments(settings, db).service(settings, db), nil
}

func newPayments(settings Settings, db *postgres.DB) *Payments {
	return &Payments{
		store: store{db},
		gateway: gateway.New(gateway.Config{
			SecretKey: settings.StripeKey, APIURL: settings.StripeURL,
			WebhookSecret: settings.WebhookSecret, Timeout: settings.StripeTimeout,
		}),
		timeout: 2 * settings.StripeTimeout,
		now:     time.Now,

		outcomes: newOutcomes(),
	}
}

func (p *Payments) service(settings Settings, db *postgres.DB) function.Service {
	signedIn := function.SignedIn(settings.Session.Keys())
	return function.Service{
		Name: "payments",
		Endpoints: []function.Endpoint{
			function.Create("create-payment", "/api/payments", p.CreatePayment, signedIn),
			{Name: "stripe-webhook", Method: http.MethodPost, Path: "/api/payments/webhook", Handler: http.HandlerFunc(p.StripeWebhook)},
		},
		Consumers: []function.Consumer{
			function.On("copy-order", p.CopyOrder, event.OrderCreated, event.OrderUpdated),
			function.On("refund-payment", p.RefundPayment, event.OrderPaymentRejected),
		},
		Schedules: []function.Schedule{
			function.Every("reconcile-payments", 10*time.Second, p.ReconcilePayments),
			function.Every("sweep-payments-outbox", time.Hour, db.SweepOutbox),
		},
		Outbox:      db.Outbox(),
		DeadLetters: db.DeadLetters(),
		Collectors:  p.collectors(),
		Start:       func(ctx context.Context) error { return db.Migrate(ctx) },
		Ready:       db.Ready,
		Stop:        db.Close,
	}
}
