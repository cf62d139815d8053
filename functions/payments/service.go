// Package payments takes money for orders, and gives it back when it came too late.
//
// Its promises: an order is charged at most once, because at most one payment of it is under way or has
// succeeded (a unique index says so); no payment is forgotten, because its row and its idempotency key
// are stored before Stripe is asked, and what a crash or a timeout left open is settled by asking Stripe. Money that is to go
// back is a row with the time of its next attempt, until it has arrived; and what others do with it at Stripe, in the
// dashboard or at a bank, is found by webhook and by asking.
package payments

import (
	"embed"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gittix/ticketing/functions/payments/gateway"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/idempotency"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/session/revocation"
	"github.com/gittix/ticketing/shared/telemetry"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Settings of the service.
type Settings struct {
	Database postgres.Settings
	Session  session.Settings
	Stripe   gateway.Settings
	Webhook  gateway.WebhookSettings
	Limits   LimitSettings
}

// Validate refuses a timeout that no payment could keep, and limits that are none.
func (s Settings) Validate() error {
	if s.Stripe.Timeout <= 0 {
		return errors.New("STRIPE_TIMEOUT must be above zero")
	}
	return s.Limits.validate()
}

// Payments are the handlers.
type Payments struct {
	db       *postgres.DB
	gateway  *gateway.Gateway
	limits   LimitSettings
	timeout  time.Duration // of one attempt, all its calls to Stripe included
	stale    time.Duration // after which a payment that is pending has no attempt under way
	now      func() time.Time
	outcomes *prometheus.CounterVec

	installation atomic.Pointer[string] // what mark has read
}

// New returns the service. Nothing is connected yet.
func New(values config.Values) (function.Service, error) {
	settings, err := config.Fill[Settings](values)
	if err != nil {
		return function.Service{}, err
	}
	p, err := newPayments(settings)
	if err != nil {
		return function.Service{}, err
	}
	return p.service(settings.Session.Keys()), nil
}

// twoCalls to Stripe, each within STRIPE_TIMEOUT's default, and some time to store what it said.
const twoCalls = 25 * time.Second

func newPayments(settings Settings) (*Payments, error) {
	db, err := postgres.Open(settings.Database.URL, postgres.Events(), revocation.Schema(), postgres.NewSchema("payments", migrations))
	if err != nil {
		return nil, err
	}
	return &Payments{
		db:       db,
		gateway:  gateway.New(settings.Stripe, settings.Webhook),
		limits:   settings.Limits,
		timeout:  2 * settings.Stripe.Timeout,
		stale:    2*settings.Stripe.Timeout + 5*time.Second,
		now:      time.Now,
		outcomes: telemetry.Outcomes("ticketing_payments_total", "What became of payments", outcomesOf...),
	}, nil
}

func (p *Payments) service(keys session.Keys) function.Service {
	ended := revocation.New(p.db)
	guard := ended.Guard(keys).For(session.Buy)
	return function.Service{
		Name:     "payments",
		Settings: []any{postgres.Settings{}},
		Endpoints: []function.Endpoint{
			function.Create("create-payment", "/api/payments", p.CreatePayment).OrAnswers(http.StatusAccepted).Idempotent(idempotency.New(p.db)).SignedIn(guard).Uses(gateway.Settings{}, LimitSettings{}).Takes(p.longest(), 0).Awaits(ErrOrderNotFound, p.db.Copies("orders")).
				Fails(ErrInvalidOrderID, ErrOrderNotFound, ErrNotTheBuyer, ErrOrderCancelled, ErrOrderExpired, ErrNotPayable, ErrPaid, ErrInProgress, ErrTooManyAttempts, ErrChargeFailed, ErrNotChargeable, ErrRefused),
			function.GET("get-order-payment", "/api/payments/orders/{id}", p.GetOrderPayment).SignedIn(guard).
				Fails(apierror.ErrInvalidID, ErrNoSuchOrder, ErrNotTheBuyer),
			function.Raw("stripe-webhook", http.MethodPost, "/api/payments/webhook", p.StripeWebhook).Reads(StripeEvent{}).Answers(http.StatusOK, "").Uses(gateway.Settings{}, gateway.WebhookSettings{}).
				Fails(ErrInvalidSignature, apierror.ErrTooLarge),
		},
		Consumers: []function.Consumer{
			function.OnBatch("copy-order", p.CopyOrder, event.OrderCreated, event.OrderUpdated),
			function.On("refund-payment", p.RefundPayment, event.OrderPaymentRejected).Uses(gateway.Settings{}).Takes(twoCalls, 0),
			ended.Consumer("end-payments-sessions"),
		},
		Schedules: []function.Schedule{
			function.Every("reconcile-payments", 10*time.Second, p.ReconcilePayments).Uses(gateway.Settings{}).Takes(30*time.Second, 0).DueAt(p.nextUnsettled),
			function.Every("find-reversals", time.Minute, p.FindReversals).Uses(gateway.Settings{}).Takes(time.Minute, 0),
			function.Every("sweep-payments-outbox", time.Hour, p.db.SweepOutbox),
		},
		Outbox:      p.db.Outbox(),
		DeadLetters: p.db.DeadLetters(),
		Clock:       &p.now,
		Collectors:  p.collectors(),
		Restore:     p.restore(),
		Start:       p.db.Migrate,
		Ready:       p.db.Ready,
		Stop:        p.db.Close,
	}
}
