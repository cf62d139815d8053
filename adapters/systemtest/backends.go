package systemtest

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgserver"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/embedded/program"
	"github.com/gittix/ticketing/shared/embedded/redisserver"
	"github.com/gittix/ticketing/shared/embedded/redistest"
	"github.com/gittix/ticketing/shared/embedded/stripeserver"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/session"
)

// Secrets of these systems, and of no other.
const (
	JWTSecret     = "of-these-tests-and-of-nothing-else"
	WebhookSecret = "whsec_systemtest"
)

// Keys sign the sessions of the users.
func Keys() session.Keys { return session.Keys{Secret: []byte(JWTSecret)} }

// Backends are what a system stands on. All of it is the test's own, and may be taken away.
type Backends struct {
	Postgres *pgserver.Server
	Redis    *redisserver.Server
	Bus      *Bus
	Stripe   *stripeserver.Sandbox
	Ledger   func() stripeserver.Ledger // Stripe's
	Keys     session.Keys               // that sessions are signed with
	front    string                     // where the services call each other
	stripe   string                     // URL
	database func(name string) (url string)
	pools    map[string]*pgxpool.Pool
}

// NewBackends starts backends for a system that will answer at front. No service has a database yet.
func NewBackends(t testing.TB, newBus func(testing.TB) *Bus, front string) *Backends {
	t.Helper()
	server := pgtest.Server(t)
	return NewBackendsOn(t, server, server.URL, newBus, front)
}

// NewBackendsOn is NewBackends on a server of PostgreSQL that the caller has started, and finds by URLs of its own.
func NewBackendsOn(t testing.TB, server *pgserver.Server, database func(name string) (url string), newBus func(testing.TB) *Bus, front string) *Backends {
	t.Helper()
	b := &Backends{Postgres: server, database: database, Redis: redistest.Server(t), Bus: newBus(t), front: front, pools: map[string]*pgxpool.Pool{}, Keys: Keys()}
	var err error
	if b.Stripe, err = stripeserver.Open(stripeserver.Config{
		WebhookURL: front + "/api/payments/webhook", WebhookSecret: WebhookSecret, SilentFor: 4 * time.Second,
	}); err != nil {
		t.Fatal(err)
	}
	b.Ledger = b.Stripe.Ledger
	stripe := httptest.NewServer(b.Stripe)
	b.stripe = stripe.URL
	t.Cleanup(func() {
		defer stripe.Close()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := b.Stripe.Close(ctx); err != nil {
			t.Errorf("stripe: %v", err)
		}
	})
	for _, service := range DatabaseOwners() {
		pool, err := pgxpool.New(t.Context(), b.DatabaseURL(service)+"&target_session_attrs=read-write") // connects when it is used
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(pool.Close)
		b.pools[service] = pool
	}
	return b
}

// DatabaseOwners are the services that have a database.
func DatabaseOwners() (names []string) {
	for _, def := range functions.Services() {
		if def.Uses("DATABASE_URL") {
			names = append(names, def.Name)
		}
	}
	return names
}

// Publishers are the services that have an outbox in a database.
func Publishers(t testing.TB) (names []string) {
	t.Helper()
	for _, def := range functions.Services() {
		contents, err := def.Contents()
		if err != nil {
			t.Fatal(err)
		}
		if contents.Stop(); contents.Outbox != nil && def.Uses("DATABASE_URL") {
			names = append(names, def.Name)
		}
	}
	return names
}

// CreateDatabases makes an empty database for each service that has one.
func (b *Backends) CreateDatabases(t testing.TB) {
	t.Helper()
	for _, service := range DatabaseOwners() {
		if err := b.Postgres.CreateDatabase(t.Context(), databaseName(service)); err != nil {
			t.Fatal(err)
		}
	}
}

// databaseName is the one that the local adapter chooses beside the database postgres.
func databaseName(service string) string { return "postgres_" + service }

// DatabaseURL returns where a service's database is, or will be.
func (b *Backends) DatabaseURL(service string) string { return b.database(databaseName(service)) }

// Database returns a service's database.
func (b *Backends) Database(service string) *pgxpool.Pool { return b.pools[service] }

// Audit returns the audit of what the services and Stripe have stored.
func (b *Backends) Audit() Audit {
	return Audit{Tickets: b.pools["tickets"], Orders: b.pools["orders"], Payments: b.pools["payments"], Notifications: b.pools["notifications"], Ledger: b.Ledger}
}

// Settings returns those of a service: where everything is, with short times for what breaks.
func (b *Backends) Settings(service string) config.Values {
	values := config.Values{
		"BUS_URL": b.Bus.URL, "BUS_ACK_WAIT": "3s", "REDIS_URL": b.Redis.URL(), "LOG_LEVEL": "ERROR",
		"JWT_SECRET": JWTSecret, "SESSION_SECURE": "false", "PASSWORD_PEPPER": "pepper", "PASS_KEY": "of-the-tests-for-the-passes-of-orders", "ATTACHMENT_KEY": "of-the-tests-for-attachments-of-tickets", "MAIL_LINK_KEY": "of-the-tests-for-the-links-in-mails", "WEBHOOK_KEY": "of-the-tests-for-the-secrets-of-webhooks",
		"STRIPE_SECRET_KEY": "sk_test_sandbox", "STRIPE_API_URL": b.stripe, "STRIPE_WEBHOOK_SECRET": WebhookSecret, "STRIPE_TIMEOUT": "2s",
	}
	values = values.With(Unlimited())
	for _, def := range functions.Services() {
		values[strings.ToUpper(def.Name)+"_API_URL"] = b.front
	}
	values = values.With(functiontest.EventKeys())
	if service != "" {
		values["BUS_URL"] = b.Bus.URLOf(service)
	}
	if b.pools[service] != nil {
		values["DATABASE_URL"] = b.DatabaseURL(service)
	}
	return values
}

// Unlimited are settings of limits for tests, in which few users, of one address, do what many would.
func Unlimited() config.Values {
	values := config.Values{}
	for _, limit := range []string{"MAX_OFFERS_PER_HOUR", "MAX_CHANGES_PER_HOUR", "MAX_ORDERS_PER_HOUR", "MAX_HOLDS_PER_TICKET", "MAX_DECLINES_PER_ORDER", "MAX_DECLINES_PER_USER", "SIGNUPS_PER_ADDRESS", "SIGNIN_ATTEMPTS_PER_ADDRESS", "MAILS_PER_ADDRESS"} {
		values[limit] = "1000000"
	}
	return values
}

func freePort(t testing.TB) int {
	t.Helper()
	port, err := program.FreePort(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
