package payments

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/money"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/timestamp"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const (
	buyer, stranger = 7, 8
	price           = money.Cents(4250)
	webhookSecret   = "whsec_payments"
	stale           = 30 * time.Second // longer than an attempt can take: the reconciler looks after it
)

// fixture is the service on a database of its own, and its Stripe.
type fixture struct {
	*functiontest.Run
	*Payments
	t      testing.TB
	stripe *stripe
	ahead  *atomic.Int64 // nanoseconds by which the service's clock is ahead
}

func values(databaseURL, stripeURL string) config.Values {
	return config.Values{
		"DATABASE_URL": databaseURL, "JWT_SECRET": functiontest.Secret, "STRIPE_SECRET_KEY": "sk_test_payments",
		"STRIPE_API_URL": stripeURL, "STRIPE_WEBHOOK_SECRET": webhookSecret,
		"MAX_DECLINES_PER_ORDER": "1000000", "MAX_DECLINES_PER_USER": "1000000", // no test reaches them but those that set them
	}
}

func start(t testing.TB, changes config.Values) fixture {
	t.Helper()
	stripe, url := openStripe(t)
	settings, err := config.Parse[Settings](values(pgtest.Database(t), url).With(changes))
	if err != nil {
		t.Fatal(err)
	}
	p, err := newPayments(settings)
	if err != nil {
		t.Fatal(err)
	}
	f := fixture{Payments: p, t: t, stripe: stripe, ahead: new(atomic.Int64)}
	f.now = func() time.Time { return time.Now().Add(time.Duration(f.ahead.Load())) }
	f.Run = functiontest.Start(t, f.service(session.Keys{Secret: []byte(functiontest.Secret)}))
	return f
}

// pass lets time pass for the service, and for what waits in its database.
func (f fixture) pass(d time.Duration) {
	f.t.Helper()
	f.ahead.Add(int64(d))
	f.exec(`UPDATE payments SET checked_at = checked_at - $1::interval, ask_at = ask_at - $1::interval, next_attempt_at = next_attempt_at - $1::interval,
		owed_since = owed_since - $1::interval`, d)
}

func (f fixture) exec(sql string, arguments ...any) {
	f.t.Helper()
	_, err := f.db.Exec(f.t.Context(), sql, arguments...)
	f.Must(err)
}

// order is the buyer's, new, and may be paid for a day.
func order(id int32) event.Order {
	now := timestamp.Of(time.Now())
	return event.Order{
		ID: id, UserID: buyer, Status: event.OrderIsCreated, ExpiresAt: timestamp.Of(now.Add(24 * time.Hour)), TicketID: 3,
		CreatedAt: now, UpdatedAt: now, Ticket: event.OrderTicket{ID: 3, Title: "Opera", Price: price, CreatedAt: now, UpdatedAt: now},
	}
}

// copy delivers an order's state, as orders announces it.
func (f fixture) copy(o event.Order) {
	functiontest.Deliver(f.t, f.Run, "copy-order", event.OrderUpdated, o)
}

// placed is the service when it knows of a new order 1.
func placed(t testing.TB) fixture {
	t.Helper()
	f := start(t, nil)
	f.copy(order(1))
	return f
}

func (f fixture) pay(orderID int32, token string) functiontest.Answer {
	f.t.Helper()
	return f.Call(buyer, "POST", "/api/payments", fmt.Sprintf(`{"orderId":%d,"token":%q}`, orderID, token))
}

// paid pays, which must succeed.
func (f fixture) paid(orderID int32, token string) CreatePaymentReply {
	f.t.Helper()
	return functiontest.Parse[CreatePaymentReply](f.t, f.pay(orderID, token), 201)
}

// refused pays, which must be refused.
func (f fixture) refused(orderID int32, token string, status int, message string) {
	f.t.Helper()
	functiontest.Refused(f.t, token, f.pay(orderID, token), status, message)
}

func (f fixture) reconcile() {
	f.t.Helper()
	f.Must(f.Tick("reconcile-payments"))
}

// reconcileAnyway may fail for what waits for Stripe.
func (f fixture) reconcileAnyway() {
	f.t.Helper()
	if err := f.Tick("reconcile-payments"); function.IsReject(err) {
		f.t.Error(err)
	}
}

// payments are an order's, the oldest first.
func (f fixture) payments(orderID int32) []Payment {
	f.t.Helper()
	all, err := postgres.All(f.t.Context(), f.db, scan, `SELECT `+columns+` FROM payments WHERE order_id = $1 ORDER BY id`, orderID)
	if err != nil {
		f.t.Fatal(err)
	}
	return all
}

// want checks how often an order was charged, and where its payments stand.
func (f fixture) want(orderID int32, charges int, statuses ...event.PaymentStatus) {
	f.t.Helper()
	var got []event.PaymentStatus
	for _, p := range f.payments(orderID) {
		got = append(got, p.Status)
	}
	if n := len(f.stripe.sandbox.Ledger().ChargesOf(orderID)); n != charges || !slices.Equal(got, statuses) {
		f.t.Errorf("order %d: %d charges, payments %v; want %d, %v", orderID, n, got, charges, statuses)
	}
}

// announced checks the events of money since the last time, such as "payments.created payment/1".
func (f fixture) announced(want ...string) {
	f.t.Helper()
	if got := f.events(); !slices.Equal(got, want) {
		f.t.Errorf("announced %q, want %q", got, want)
	}
}

func (f fixture) events() (names []string) {
	for _, e := range f.news() {
		names = append(names, e.Type()+" "+e.Subject())
	}
	return names
}

// news are the events since the last time, without those of attempts that have begun or failed.
func (f fixture) news() (events []event.Event) {
	f.t.Helper()
	for _, e := range f.Announced() {
		var p event.Payment
		f.Must(json.Unmarshal(e.Data, &p))
		if p.Status != event.PaymentPending && p.Status != event.PaymentFailed {
			events = append(events, e)
		}
	}
	return events
}

// taken checks that a payment's success, and nothing else of money, was announced where the reply says.
func (f fixture) taken(reply CreatePaymentReply) {
	f.t.Helper()
	events := f.news()
	if len(events) != 1 || events[0].Extension("sequence") != fmt.Sprint(reply.Seq) || functiontest.Data(f.t, event.PaymentCreated, events[0]) != *reply.Payment {
		f.t.Errorf("announced %v, want %+v", events, reply)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	functiontest.Settings(t, New, values("postgres://localhost/db", ""), nil, []string{
		"DATABASE_URL=", "DATABASE_URL=postgres://u:s3cret@:x/", "JWT_SECRET=", "JWT_SECRET=s3cret",
		"STRIPE_SECRET_KEY=", "STRIPE_TIMEOUT=s3cret", "STRIPE_TIMEOUT=0s", "STRIPE_TIMEOUT=-1s",
		"MAX_DECLINES_PER_ORDER=0", "MAX_DECLINES_PER_USER=0", "DECLINE_PAUSE=0s", "DECLINE_PAUSE=25h",
	})
}
