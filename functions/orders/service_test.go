package orders

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/session/revocation"
	"github.com/gittix/ticketing/shared/timestamp"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const (
	seller, buyer, stranger = 7, 8, 9
	hold                    = 15 * time.Minute
	grace                   = 30 * time.Second
)

var noon = timestamp.Of(time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC))

// fixture is the service on a database and a clock of its own.
type fixture struct {
	*functiontest.Run
	t   *testing.T
	mu  sync.Mutex
	now time.Time
	url string
	db  *postgres.DB
}

// start starts the service at noon, with these limits, and some that no test reaches.
func start(t *testing.T, maxOpen, maxExtensions int) *fixture {
	t.Helper()
	return limited(t, maxExtensions, LimitSettings{MaxOpen: maxOpen, MaxHolds: 1 << 20, PerHour: 1 << 20})
}

func limited(t *testing.T, maxExtensions int, limits LimitSettings) *fixture {
	t.Helper()
	url := pgtest.Database(t)
	db, err := postgres.Open(url, postgres.Events(), revocation.Schema(), postgres.NewSchema("orders", migrations))
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{t: t, now: noon.Time, url: url, db: db}
	o := &Orders{db: db, hold: hold, grace: grace, maxExtensions: maxExtensions, limits: limits, passKeys: passKeysOf(t, passSecret), metrics: newMetrics(), now: func() time.Time {
		f.mu.Lock()
		defer f.mu.Unlock()
		return f.now
	}}
	f.Run = functiontest.Start(t, o.service(session.Keys{Secret: []byte(functiontest.Secret)}))
	return f
}

// pass lets time pass.
func (f *fixture) pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

// offer lets the service know of a ticket that the seller offers for ten dollars.
func (f *fixture) offer(id int32) event.Ticket {
	ticket := event.Ticket{ID: id, Title: fmt.Sprint("Opera ", id), Price: 1000, UserID: seller, CreatedAt: noon, UpdatedAt: noon}
	functiontest.Deliver(f.t, f.Run, "copy-ticket", event.TicketCreated, ticket)
	return ticket
}

func (f *fixture) order(user, ticketID int32) functiontest.Answer {
	return f.Call(user, "POST", "/api/orders", fmt.Sprintf(`{"ticketId":%d}`, ticketID))
}

// reserve offers a ticket and orders it, and drops the events of that.
func (f *fixture) reserve(ticketID int32) Order {
	f.t.Helper()
	f.offer(ticketID)
	order := functiontest.Parse[Reply](f.t, f.order(buyer, ticketID), 201).Order
	f.Announced()
	return order
}

func (f *fixture) cancel(id int32) Reply {
	f.t.Helper()
	return functiontest.Parse[Reply](f.t, f.Call(buyer, "PATCH", path(id), ""), 200)
}

func (f *fixture) extend(id int32) Reply {
	f.t.Helper()
	return functiontest.Parse[Reply](f.t, f.Call(buyer, "POST", path(id)+"/extend", ""), 200)
}

func (f *fixture) get(id int32) Order {
	f.t.Helper()
	order := functiontest.Parse[Order](f.t, f.Call(buyer, "GET", path(id), ""), 200)
	order.ExtendsBy = 0 // which is said here alone
	return order
}

// pay delivers the success of a payment.
func (f *fixture) pay(orderID, id int32, cents int64) error {
	return f.Deliver("complete-order", functiontest.Event(f.t, event.PaymentCreated, paymentOf(orderID, id, cents)))
}

// expire delivers what the scheduler says when the order's time is up, as far as it knows.
func (f *fixture) expire(o Order) error {
	return f.Deliver("expire-order", functiontest.Event(f.t, event.ExpirationComplete, event.ExpirationReached{ID: o.ID, ExpiresAt: o.ExpiresAt}))
}

func path(id int32) string { return fmt.Sprintf("/api/orders/%d", id) }

// changed checks that a change was announced, once, and is what is stored.
func (f *fixture) changed(kind event.Type[event.Order], r Reply) {
	f.t.Helper()
	functiontest.Announced(f.t, f.Run, kind, r.Order.Order, r.Seq)
	if got := f.get(r.Order.ID); got != r.Order {
		f.t.Errorf("answered %+v, stored %+v", r.Order, got)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	functiontest.Settings(t, New, config.Values{"DATABASE_URL": "postgres://localhost/db", "JWT_SECRET": functiontest.Secret, "PASS_KEY": passSecret},
		[]string{"EXPIRATION_ORDER_MINUTES=0.05", "EXPIRATION_ORDER_MINUTES=10080", "MAX_OPEN_ORDERS=1", "MAX_HOLD_EXTENSIONS=0", "MAX_HOLDS_PER_TICKET=1", "MAX_ORDERS_PER_HOUR=1", "EXPIRATION_PAYMENT_GRACE=0", "EXPIRATION_PAYMENT_GRACE=10m"},
		[]string{
			"EXPIRATION_ORDER_MINUTES=0", "EXPIRATION_ORDER_MINUTES=-1", "EXPIRATION_ORDER_MINUTES=NaN", "EXPIRATION_ORDER_MINUTES=+Inf",
			"EXPIRATION_ORDER_MINUTES=10081", "EXPIRATION_ORDER_MINUTES=soon", "MAX_OPEN_ORDERS=0", "MAX_HOLD_EXTENSIONS=-1", "MAX_HOLDS_PER_TICKET=0", "MAX_ORDERS_PER_HOUR=0",
			"EXPIRATION_PAYMENT_GRACE=-1s", "EXPIRATION_PAYMENT_GRACE=11m", "EXPIRATION_PAYMENT_GRACE=soon",
			"DATABASE_URL=", "DATABASE_URL=postgres://u:s3cret@:x/", "JWT_SECRET=", "JWT_SECRET=s3cret", "PASS_KEY=", "PASS_KEY=s3cret", "PASS_KEY=" + passSecret + " s3cret", "PASS_PUBLIC_KEYS=s3cret",
		})
}
