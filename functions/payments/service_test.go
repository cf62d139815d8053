package payments

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/embedded/stripeserver"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/money"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/timestamp"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const (
	buyer, stranger = 7, 8
	price           = money.Cents(4250)
	webhookSecret   = "whsec_payments"
	stale           = 30 * time.Second // longer than an attempt can take: the reconciler looks after it
	soon            = 30 * time.Second // a wait that is longer has failed
)

func values(databaseURL, stripeURL string) config.Values {
	return config.Values{
		"DATABASE_URL": databaseURL, "JWT_SECRET": functiontest.Secret, "STRIPE_SECRET_KEY": "sk_test_payments",
		"STRIPE_API_URL": stripeURL, "STRIPE_WEBHOOK_SECRET": webhookSecret,
	}
}

// system is the service on a database of its own, and its Stripe.
type system struct {
	*functiontest.Run
	*Payments
	t      testing.TB
	stripe *line
	ahead  *atomic.Int64 // nanoseconds by which the service's clock is ahead of the database's
}

func start(t testing.TB) system {
	t.Helper()
	return startWith(t, stripeserver.Config{Slow: func(context.Context) {}}, nil)
}

func startWith(t testing.TB, sandbox stripeserver.Config, changes config.Values) system {
	t.Helper()
	stripe, url := openLine(t, sandbox)
	settings, err := config.Parse[Settings](values(pgtest.Database(t), url).With(changes))
	if err != nil {
		t.Fatal(err)
	}
	db, err := postgres.Open(settings.Database.URL, postgres.Events(), postgres.NewSchema("payments", migrations))
	if err != nil {
		t.Fatal(err)
	}
	s := system{Payments: newPayments(settings, db), t: t, stripe: stripe, ahead: new(atomic.Int64)}
	s.now = func() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }
	s.Run = functiontest.Start(t, s.service(settings, db))
	return s
}

// pass lets time pass for the service.
func (s system) pass(d time.Duration) { s.ahead.Add(int64(d)) }

// order is the buyer's, new, and may be paid for a day.
func order(id int32) event.Order {
	now := timestamp.Of(time.Now())
	return event.Order{
		ID: id, UserID: buyer, Status: event.OrderIsCreated, ExpiresAt: timestamp.Of(now.Add(24 * time.Hour)), TicketID: 3,
		CreatedAt: now, UpdatedAt: now, Ticket: event.OrderTicket{ID: 3, Title: "Opera", Price: price, CreatedAt: now, UpdatedAt: now},
	}
}

// hear delivers an order's state to the service, as the event that brings it.
func (s system) hear(o event.Order) {
	s.t.Helper()
	kind := event.OrderUpdated
	if o.Version == 0 {
		kind = event.OrderCreated
	}
	if err := s.Deliver("copy-order", functiontest.Event(s.t, kind, o)); err != nil {
		s.t.Fatal(err)
	}
}

// placed is the service when it has heard of a new order 1.
func placed(t testing.TB) system {
	t.Helper()
	s := start(t)
	s.hear(order(1))
	return s
}

func (s system) pay(orderID int32, token string) functiontest.Answer {
	s.t.Helper()
	return s.Call(buyer, "POST", "/api/payments", fmt.Sprintf(`{"orderId":%d,"token":%q}`, orderID, token))
}

// paid pays, which must succeed.
func (s system) paid(orderID int32, token string) CreatePaymentReply {
	s.t.Helper()
	return functiontest.Parse[CreatePaymentReply](s.t, s.pay(orderID, token), 201)
}

func (s system) reconcile() {
	s.t.Helper()
	if err := s.Tick("reconcile-payments"); err != nil {
		s.t.Fatal(err)
	}
}

// payments are an order's, the oldest first.
func (s system) payments(orderID int32) []Payment {
	s.t.Helper()
	all, err := postgres.All(s.t.Context(), s.store.db, scan, `SELECT `+columns+` FROM payments WHERE order_id = $1 ORDER BY id`, orderID)
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

// want checks where the payments of order 1 stand, and how often it was charged.
func (s system) want(charges int, statuses ...event.PaymentStatus) {
	s.t.Helper()
	s.wantOf(1, charges, statuses...)
}

func (s system) wantOf(orderID int32, charges int, statuses ...event.PaymentStatus) {
	s.t.Helper()
	var got []event.PaymentStatus
	for _, p := range s.payments(orderID) {
		got = append(got, p.Status)
	}
	if n := len(s.stripe.sandbox.Ledger().ChargesOf(orderID)); n != charges || !slices.Equal(got, statuses) {
		s.t.Errorf("order %d: %d charges, payments %v; want %d, %v", orderID, n, got, charges, statuses)
	}
}

// wantNews checks what was announced since the last time, such as "payments.created payment/1".
func (s system) wantNews(want ...string) {
	s.t.Helper()
	var got []string
	for _, e := range s.Announced() {
		got = append(got, e.Type()+" "+e.Subject())
	}
	if !slices.Equal(got, want) {
		s.t.Errorf("announced %q, want %q", got, want)
	}
}

func TestService(t *testing.T) {
	t.Parallel()
	s, err := New(values(pgtest.Database(t), ""))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	if s.Ready(t.Context()) == nil {
		t.Error("ready before its tables are there")
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	if want := []string{"create-payment", "stripe-webhook", "copy-order", "refund-payment", "reconcile-payments", "sweep-payments-outbox"}; !slices.Equal(s.Functions(), want) {
		t.Errorf("functions %v", s.Functions())
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	good := values("postgres://u:s3cret@127.0.0.1:1/none", "")
	s, err := New(good) // nothing is there, and nothing is asked
	if err != nil {
		t.Fatal(err)
	}
	s.Stop()
	for _, c := range []struct{ name, value string }{
		{"DATABASE_URL", ""}, {"DATABASE_URL", "postgres://u:s3cret@:x/"}, {"JWT_SECRET", ""}, {"JWT_SECRET", "s3cret"},
		{"STRIPE_SECRET_KEY", ""}, {"STRIPE_TIMEOUT", "s3cret"}, {"STRIPE_TIMEOUT", "0s"}, {"STRIPE_TIMEOUT", "-1s"},
	} {
		if _, err := function.Open(New, good.With(config.Values{c.name: c.value})); err == nil || !strings.Contains(err.Error(), c.name) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s=%q: %v", c.name, c.value, err)
		}
	}
}
