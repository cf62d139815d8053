package chaos

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gittix/ticketing/adapters/chaos/audit"
	"github.com/gittix/ticketing/adapters/chaos/shopper"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgserver"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/embedded/redisserver"
	"github.com/gittix/ticketing/shared/embedded/redistest"
	"github.com/gittix/ticketing/shared/embedded/stripeserver"
	"github.com/gittix/ticketing/shared/session"
)

const jwtSecret = "of these tests, and of nothing else"

// town is a whole system of processes, behind one address, and everything that it stands on.
type town struct {
	url      string
	keys     session.Keys
	bus      *broker
	database *pgserver.Server
	redis    *redisserver.Server
	stripe   *stripeserver.Sandbox
	services []*service
	books    audit.Books
}

// newTown starts a system whose orders hold their tickets for three seconds.
func newTown(t *testing.T, programs string, bus *broker) *town {
	t.Helper()
	w := &town{bus: bus, database: pgtest.Server(t), redis: redistest.Server(t), keys: session.Keys{Secret: []byte(jwtSecret)}}
	ways := map[string]string{} // path → service
	stripe := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.stripe.ServeHTTP(rw, r) }))
	t.Cleanup(stripe.Close)
	for _, name := range names {
		values := config.Values{
			"JWT_SECRET": jwtSecret, "PASSWORD_PEPPER": "pepper", "BUS_URL": bus.url, "REDIS_URL": w.redis.URL(),
			"STRIPE_SECRET_KEY": "sk_test_sandbox", "STRIPE_API_URL": stripe.URL, "STRIPE_WEBHOOK_SECRET": "whsec_chaos", "STRIPE_TIMEOUT": "2s",
			"EXPIRATION_ORDER_MINUTES": "0.05", "BUS_ACK_WAIT": "3s", "LOG_LEVEL": "ERROR",
		}
		if name != "expiration" {
			if err := w.database.CreateDatabase(t.Context(), name); err != nil {
				t.Fatal(err)
			}
			values["DATABASE_URL"] = w.database.URL(name)
		}
		s := newService(t, programs, name, values)
		w.services = append(w.services, s)
		ways[name] = s.url
	}
	ways["users"] = ways["auth"]
	w.openStripe(t, ways["payments"])
	w.url = front(t, ways)
	w.books = audit.Books{Tickets: w.pool(t, "tickets"), Orders: w.pool(t, "orders"), Payments: w.pool(t, "payments"), Ledger: w.stripe.Ledger}
	w.open(t)
	return w
}

func (w *town) openStripe(t *testing.T, payments string) {
	t.Helper()
	var err error
	if w.stripe, err = stripeserver.Open(stripeserver.Config{
		WebhookURL: payments + "/api/payments/webhook", WebhookSecret: "whsec_chaos", SilentFor: 4 * time.Second,
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := w.stripe.Close(ctx); err != nil {
			t.Errorf("stripe: %v", err)
		}
	})
}

// open starts every service, and sees to it that each of them stops in good order at the end.
func (w *town) open(t *testing.T) {
	t.Helper()
	for _, s := range w.services {
		if err := s.start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
			defer cancel()
			if err := s.stop(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	w.ready(t)
}

func (w *town) ready(t *testing.T) {
	t.Helper()
	for _, s := range w.services {
		if err := s.ready(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func (w *town) pool(t *testing.T, service string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), w.database.URL(service))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// front is the ingress: it sends /api/<what>/… to the service that answers it.
func front(t *testing.T, ways map[string]string) string {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	proxies := map[string]*httputil.ReverseProxy{}
	for what, address := range ways {
		target, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		proxies[what] = &httputil.ReverseProxy{
			Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
			Transport: transport,
			ErrorHandler: func(rw http.ResponseWriter, _ *http.Request, _ error) { // it is down, or went down
				rw.WriteHeader(http.StatusBadGateway)
			},
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		parts := strings.Split(r.URL.Path, "/")
		proxy, known := proxies[parts[min(2, len(parts)-1)]]
		if !known {
			http.NotFound(rw, r)
			return
		}
		proxy.ServeHTTP(rw, r)
	}))
	t.Cleanup(func() { server.Close(); transport.CloseIdleConnections() })
	return server.URL
}

// comesToRest waits until every invariant holds and no order is open any more.
func (w *town) comesToRest(t *testing.T) {
	t.Helper()
	if err := shopper.Await(t.Context(), patience, func(ctx context.Context) error {
		if err := w.books.Check(ctx); err != nil {
			return err
		}
		return w.books.NothingIsOpen(ctx)
	}); err != nil {
		t.Error(err)
	}
}
