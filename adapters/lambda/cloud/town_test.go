package cloud_test

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/migrate"
	"github.com/gittix/ticketing/functions/auth"
	"github.com/gittix/ticketing/functions/client"
	"github.com/gittix/ticketing/functions/expiration"
	"github.com/gittix/ticketing/functions/orders"
	"github.com/gittix/ticketing/functions/payments"
	"github.com/gittix/ticketing/functions/tickets"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/embedded/program"
	"github.com/gittix/ticketing/shared/embedded/redistest"
	"github.com/gittix/ticketing/shared/embedded/stanserver"
	"github.com/gittix/ticketing/shared/embedded/stripeserver"
	"github.com/gittix/ticketing/shared/function"
)

const patience = time.Minute

var builders = map[string]func(config.Values) (function.Service, error){
	"auth": auth.New, "tickets": tickets.New, "orders": orders.New, "payments": payments.New, "expiration": expiration.New, "client": client.New,
}

// town is the whole system: functions, a dispatcher, and what they stand on.
type town struct {
	url       string // of the HTTP API
	functions map[string]*lambda
	schedules []string
	log       *slog.Logger // shown when the test fails
}

func newTown(t *testing.T) *town {
	t.Helper()
	tw := &town{functions: map[string]*lambda{}, log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))}
	programs, redis := build(t), redistest.Server(t).URL()
	databases, outboxes := newDatabases(t)
	t.Cleanup(func() { // when nobody calls them any more
		for _, l := range tw.functions {
			l.close(t)
		}
	})
	var api http.Handler
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { api.ServeHTTP(w, r) }))
	t.Cleanup(front.Close)
	tw.url = front.URL
	values := config.Values{
		"JWT_SECRET": "of this test, and of nothing else", "PASSWORD_PEPPER": "pepper", "REDIS_URL": redis,
		"STRIPE_SECRET_KEY": "sk_test_sandbox", "STRIPE_API_URL": newStripe(t, tw.url), "STRIPE_WEBHOOK_SECRET": "whsec_cloud",
		"AUTH_API_URL": tw.url, "TICKETS_API_URL": tw.url, "ORDERS_API_URL": tw.url, "PAYMENTS_API_URL": tw.url,
	}
	var endpoints []function.Endpoint
	for name, build := range builders {
		own := values.With(config.Values{"DATABASE_URL": databases[name]})
		service, err := build(maps.Clone(own)) // for its table of contents
		if err != nil {
			t.Fatal(err)
		}
		service.Stop()
		endpoints = append(endpoints, service.Endpoints...)
		for _, s := range service.Schedules {
			tw.schedules = append(tw.schedules, s.Name)
		}
		for _, f := range service.Functions() {
			tw.functions[f] = &lambda{path: filepath.Join(programs, name), log: tw.log.With("function", f),
				slots: make(chan struct{}, atOnce), values: own.With(config.Values{"FUNCTIONS": f})}
		}
	}
	api = httpAPI(endpoints, tw.functions)
	tw.dispatch(t, filepath.Join(programs, "dispatcher"), config.Values{"DISPATCH_OUTBOXES": outboxes, "REDIS_URL": redis})
	return tw
}

// build makes all programs, as they are deployed but for this machine, and returns their folder.
func build(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	args := []string{"build", "-tags", "lambda,lambda.norpc", "-ldflags", "-s -w", "-o", dir, "../../cmd/dispatcher"}
	for name := range builders {
		args = append(args, "../../cmd/"+name)
	}
	if out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// newDatabases returns the URLs of the services' databases, and the dispatcher's setting, as a deploy leaves them.
func newDatabases(t *testing.T) (urls map[string]string, outboxes string) {
	t.Helper()
	server := pgtest.Server(t)
	urls = map[string]string{}
	var list string
	for _, service := range []string{"auth", "tickets", "orders", "payments"} {
		u, err := url.Parse(server.URL(service))
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.UserPassword(service, "secret-of-"+service)
		urls[service] = u.String()
		list += service + "=" + u.String() + " "
		if service != "auth" {
			u.User = url.UserPassword("dispatcher", "secret-of-dispatcher")
			outboxes += service + "=" + u.String() + " "
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := migrate.Run(ctx, config.Values{
		"MIGRATE_ADMIN_URL": server.URL("postgres"), "MIGRATE_DATABASES": list, "DISPATCH_OUTBOXES": outboxes,
	}, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	return urls, outboxes
}

// newStripe starts a sandbox that tells the front of payments.
func newStripe(t *testing.T, front string) string {
	t.Helper()
	stripe, err := stripeserver.Open(stripeserver.Config{WebhookURL: front + "/api/payments/webhook", WebhookSecret: "whsec_cloud"})
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
	return server.URL
}

// dispatch starts the broker, and the dispatcher, which alone knows where that is.
func (tw *town) dispatch(t *testing.T, path string, values config.Values) {
	t.Helper()
	broker, err := stanserver.Start(stanserver.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Stop)
	api := httptest.NewServer(invokeAPI(tw.functions))
	t.Cleanup(api.Close)
	cmd := exec.Command(path) //nolint:noctx // it is stopped by signals
	cmd.Env = program.Environment()
	for name, value := range values.With(config.Values{
		"BUS_URL": broker.URL(), "BUS_ACK_WAIT": "3s", "PORT": "0", "METRICS_PORT": "0",
		"DISPATCH_TARGET": "lambda:ticketing-{consumer}", "AWS_ENDPOINT_URL_LAMBDA": api.URL,
		"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "test",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	}) {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	process, err := program.Start(cmd, syscall.SIGKILL, "", tw.log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := process.Stop(ctx, syscall.SIGTERM, syscall.SIGKILL); err != nil {
			t.Error(err)
		} else if err := process.Err(); err != nil {
			t.Error(err)
		}
	})
}
