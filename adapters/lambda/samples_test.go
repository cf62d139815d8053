package lambda_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/lambda"
	"github.com/gittix/ticketing/adapters/lambda/lambdatest"
	"github.com/gittix/ticketing/adapters/manifests"
	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// TestSamples: every function takes the event that is there for `sam local invoke`, with what env.json gives it: it comes to its
// handler, is well-formed, and proves whose session or whose event it is.
func TestSamples(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("env.json")
	if err != nil {
		t.Fatal(err)
	}
	var environments map[string]config.Values
	if err := json.Unmarshal(raw, &environments); err != nil {
		t.Fatal(err)
	}
	system, err := manifests.Load()
	if err != nil {
		t.Fatal(err)
	}
	services := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { apierror.Write(w, apierror.ErrNotFound) }))
	t.Cleanup(services.Close)
	backends := systemtest.NewBackends(t, systemtest.NATSStreaming, services.URL)
	databases, _ := lambdatest.Migrate(t, backends)
	builds := map[string]function.New{}
	for _, def := range functions.Services() {
		builds[def.Name] = def.New
	}
	for _, f := range system.Functions() {
		event, err := os.ReadFile("events/" + f.Name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		given := config.Values{}
		for name, value := range environments[f.ID()] {
			switch {
			case strings.HasPrefix(value, "postgres://"):
				value = databases[f.Service]
			case strings.HasPrefix(value, "redis://"):
				value = backends.Redis.URL()
			case name == "STRIPE_API_URL":
				value = backends.Settings(f.Service)[name]
			case strings.HasPrefix(value, "http://"):
				value = services.URL
			}
			given[name] = value
		}
		a, err := lambda.Open(builds[f.Service], given.With(config.Values{"FUNCTIONS": f.Name}), lambda.AWS{}, t.Output())
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		answer, err := a.Invoke(ctx, event)
		cancel()
		a.Stop()
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		switch f.Kind {
		case manifests.Consumer:
			if string(answer) != `{"batchItemFailures":[]}` {
				t.Errorf("%s: %s", f.Name, answer)
			}
		case manifests.Endpoint:
			got, err := lambdatest.Answered(answer)
			lost := got.Status == http.StatusNotFound && !f.IsPage() && strings.Contains(string(got.Body), `"Not Found."`) && f.Service != "client"
			if err != nil || lost || got.Status == http.StatusUnauthorized && f.Service != "auth" || got.Status == http.StatusUnsupportedMediaType || got.Status == http.StatusMethodNotAllowed || got.Status >= 500 {
				t.Errorf("%s: %d %s, %v", f.Name, got.Status, got.Body, err)
			}
		}
	}
}
