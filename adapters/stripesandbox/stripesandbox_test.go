package stripesandbox_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gittix/ticketing/adapters/stripesandbox"
	"github.com/gittix/ticketing/functions/payments/gateway"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/telemetry"
)

const key = "sk_test_own"

func TestMain(m *testing.M) { pgtest.Main(m) }

func open(t *testing.T, database string) function.Service {
	t.Helper()
	service, err := function.Open(stripesandbox.New, config.Values{"DATABASE_URL": database, "STRIPE_SECRET_KEY": key})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(service.Stop)
	return service
}

func serve(t *testing.T, service function.Service) (url string) {
	t.Helper()
	metrics, err := telemetry.NewMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	runner := function.Runner{Log: slog.New(slog.DiscardHandler), Metrics: metrics, Tracer: telemetry.Unrecorded{}, Timeout: time.Minute}
	server := httptest.NewServer(runner.Handler(service))
	t.Cleanup(server.Close)
	return server.URL
}

// environments are processes of the function, on one database.
func environments(t *testing.T, n int) (all []*gateway.Gateway, url string) {
	t.Helper()
	database := pgtest.Database(t)
	for range n {
		service := open(t, database)
		if err := service.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		url = serve(t, service)
		all = append(all, gateway.New(gateway.Settings{Key: key, URL: url, Timeout: time.Minute}, gateway.WebhookSettings{}))
	}
	return all, url
}

// TestBooks: what one process has charged any other knows, and none charges it twice.
func TestBooks(t *testing.T) {
	t.Parallel()
	all, _ := environments(t, 3)
	attempt := gateway.Attempt{Key: "k", OrderID: 3, PaymentID: 7, AmountCents: 4250, Token: "tok_visa"}
	intent, err := all[0].Prepare(t.Context(), attempt)
	if err != nil {
		t.Fatal(err)
	}
	var racing sync.WaitGroup
	for _, g := range all {
		racing.Go(func() {
			if done, err := g.Confirm(t.Context(), "k", intent.ID); err != nil || done.Status != gateway.Succeeded {
				t.Errorf("confirmed: %+v, %v", done, err)
			}
		})
	}
	racing.Wait()
	for _, g := range all {
		if found, err := g.Find(t.Context(), intent.ID); err != nil || found.Status != gateway.Succeeded || found.AmountCents != 4250 {
			t.Errorf("found %+v, %v", found, err)
		}
	}
}

// TestStrangers: who has not payments' own key is told so.
func TestStrangers(t *testing.T) {
	t.Parallel()
	_, url := environments(t, 1)
	for given, want := range map[string]int{"": http.StatusUnauthorized, "Bearer sk_test_other": http.StatusUnauthorized, "Bearer " + key: http.StatusNotFound} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/v1/payment_intents/pi_1", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", given)
		if answer, err := http.DefaultClient.Do(r); err != nil || answer.StatusCode != want || answer.Body.Close() != nil {
			t.Errorf("%q: %+v, %v, want %d", given, answer, err, want)
		}
	}
}

// TestStrangersReachNoDatabase: a call without payments' own key is answered without the books, which it would lock and read.
func TestStrangersReachNoDatabase(t *testing.T) {
	t.Parallel()
	url := serve(t, open(t, "postgres://nobody@127.0.0.1:1/none"))
	for path, want := range map[string]int{"/v1/payment_intents": http.StatusUnauthorized, "/other": http.StatusNotFound} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer sk_test_other")
		if answer, err := http.DefaultClient.Do(r); err != nil || answer.StatusCode != want || answer.Body.Close() != nil {
			t.Errorf("%s: %+v, %v, want %d", path, answer, err, want)
		}
	}
}
