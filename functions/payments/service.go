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
	"github.com/gittix/ticketing/shared/apierror"
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
	Database postgres.Settings
	Session  session.Settings
	Stripe   StripeSettings
	Webhook  WebhookSettings
}

// StripeSettings are for the functions that move money.
type StripeSettings struct {
	Key     string        `env:"STRIPE_SECRET_KEY" required:"true" secret:"true" reaches:"internet" example:"sk_test_x"` // sk_… or rk_…
	URL     string        `env:"STRIPE_API_URL"`                                                                         // empty: Stripe itself
	Timeout time.Duration `env:"STRIPE_TIMEOUT" envDefault:"10s"`                                                        // of one request to Stripe
}

// WebhookSettings are for the function that Stripe calls.
type WebhookSettings struct {
	Secret string `env:"STRIPE_WEBHOOK_SECRET" secret:"true"` // whsec_…; empty: no webhook is accepted, and payments are settled by asking
}

// Validate refuses a time-out that no payment could keep.
func (s Settings) Validate() error {
	if s.Stripe.Timeout <= 0 {
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
	settings, err := config.Fill[Settings](values)
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
			SecretKey: settings.Stripe.Key, APIURL: settings.Stripe.URL,
			WebhookSecret: settings.Webhook.Secret, Timeout: settings.Stripe.Timeout,
		}),
		timeout: 2 * settings.Stripe.Timeout,
		now:     time.Now,

		outcomes: newOutcomes(),
	}
}

// twoCalls to Stripe, each within STRIPE_TIMEOUT's default, and some time to store what it said.
const twoCalls = 25 * time.Second

func (p *Payments) service(settings Settings, db *postgres.DB) function.Service {
	return function.Service{
		Name:     "payments",
		Settings: []any{postgres.Settings{}},
		Endpoints: []function.Endpoint{
			function.Create("create-payment", "/api/payments", p.CreatePayment).SignedIn(settings.Session.Keys()).Uses(StripeSettings{}).
				Fails(ErrInvalidOrderID, ErrInvalidToken, ErrOrderNotFound, ErrNotTheBuyer, ErrOrderCancelled, ErrOrderExpired, ErrPaid, ErrInProgress, ErrChargeFailed),
			function.Raw("stripe-webhook", http.MethodPost, "/api/payments/webhook", p.StripeWebhook).Uses(StripeSettings{}, WebhookSettings{}).
				Fails(ErrInvalidSignature, apierror.ErrTooLarge),
		},
		Consumers: []function.Consumer{
			function.On("copy-order", p.CopyOrder, event.OrderCreated, event.OrderUpdated),
			function.On("refund-payment", p.RefundPayment, event.OrderPaymentRejected).Uses(StripeSettings{}).Takes(twoCalls, 0),
		},
		Schedules: []function.Schedule{
			function.Every("reconcile-payments", 10*time.Second, p.ReconcilePayments).Uses(StripeSettings{}).Takes(30*time.Second, 0),
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
