package town_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"github.com/gittix/ticketing/adapters/chaos/audit"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/embedded/redistest"
	"github.com/gittix/ticketing/shared/embedded/stripeserver"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const patience = time.Minute

// services are those of the system, which are also the names of their programs.
var services = []string{"auth", "tickets", "orders", "payments", "expiration", "client"}

// town is the whole system: services that sleep, a dispatcher, and what they stand on.
type town struct {
	url       string // what a browser sees
	inside    string // of the cluster: /<service>/… is a service's own address
	busURL    string
	revisions map[string]*revision
	orders    *pgxpool.Pool
	books     audit.Books
	broker    *broker      // nil without Eventing
	log       *slog.Logger // shown when the test fails
}

// newTown starts a town whose processes speak the protocols. The dispatcher gets what wire returns.
func newTown(t *testing.T, programs string, protocols http.Protocols, wire func(*testing.T, *town) config.Values) *town {
	t.Helper()
	tw := &town{revisions: map[string]*revision{}, log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))}
	values := config.Values{"REDIS_URL": redistest.Server(t).URL()}
	pools := map[string]*pgxpool.Pool{}
	databases := map[string]string{}
	for _, name := range []string{"auth", "tickets", "orders", "payments"} {
		databases[name] = pgtest.Database(t)
		pools[name] = pool(t, databases[name])
		values["DISPATCH_OUTBOXES"] += name + "=" + databases[name] + " "
	}
	transport := &http.Transport{Protocols: &protocols, MaxIdleConnsPerHost: 64}
	t.Cleanup(func() { // when nobody calls them any more
		tw.sleep(t)
		transport.CloseIdleConnections()
	})
	tw.serve(t)
	stripe, ledger := newStripe(t, tw.url)
	for _, name := range services {
		tw.revisions[name] = &revision{path: filepath.Join(programs, name), log: tw.log.With("service", name), transport: transport,
			values: values.With(config.Values{
				"DISPATCH_OUTBOXES": "", "DATABASE_URL": databases[name], "JWT_SECRET": "of this test, and of nothing else", "PASSWORD_PEPPER": "pepper",
				"STRIPE_SECRET_KEY": "sk_test_sandbox", "STRIPE_API_URL": stripe, "STRIPE_WEBHOOK_SECRET": "whsec_town",
				"AUTH_API_URL": tw.url, "TICKETS_API_URL": tw.url, "ORDERS_API_URL": tw.url, "PAYMENTS_API_URL": tw.url,
			})}
	}
	tw.orders = pools["orders"]
	tw.books = audit.Books{Tickets: pools["tickets"], Orders: pools["orders"], Payments: pools["payments"], Ledger: ledger}
	tw.dispatch(t, filepath.Join(programs, "dispatcher"), values.With(wire(t, tw)))
	return tw
}

// build makes the programs and returns their folder.
func build(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	args := []string{"build", "-ldflags", "-s -w", "-o", dir, "../../cmd/dispatcher"}
	for _, name := range services {
		args = append(args, "../../cmd/"+name)
	}
	if out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

func pool(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// serve starts the two doors of the cluster: one for browsers, which leads to the APIs and the site only, and
// one for those inside.
func (tw *town) serve(t *testing.T) {
	t.Helper()
	owners := map[string]string{"users": "auth", "tickets": "tickets", "orders": "orders", "payments": "payments"}
	outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		service := "client"
		if path, isAPI := strings.CutPrefix(r.URL.Path, "/api/"); isAPI {
			what, _, _ := strings.Cut(path, "/")
			service = owners[what]
		}
		tw.pass(service, w, r)
	}))
	t.Cleanup(outside.Close)
	mux := http.NewServeMux()
	for _, service := range services {
		mux.Handle("/"+service+"/", http.StripPrefix("/"+service, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { tw.pass(service, w, r) })))
	}
	inside := httptest.NewServer(mux)
	t.Cleanup(inside.Close)
	tw.url, tw.inside = outside.URL, inside.URL
}

func (tw *town) pass(service string, w http.ResponseWriter, r *http.Request) {
	if revision, known := tw.revisions[service]; known {
		revision.ServeHTTP(w, r)
		return
	}
	http.NotFound(w, r)
}

// sleep scales every service to zero.
func (tw *town) sleep(t *testing.T) {
	t.Helper()
	var group errgroup.Group
	for _, r := range tw.revisions {
		group.Go(r.sleep)
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
}

// newStripe starts a sandbox that tells the front of payments.
func newStripe(t *testing.T, front string) (url string, ledger func() stripeserver.Ledger) {
	t.Helper()
	stripe, err := stripeserver.Open(stripeserver.Config{WebhookURL: front + "/api/payments/webhook", WebhookSecret: "whsec_town"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(stripe)
	t.Cleanup(func() {
		defer server.Close()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := stripe.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return server.URL, stripe.Ledger
}
