package lambda_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/adaptertest"
	"github.com/gittix/ticketing/adapters/busroles"
	"github.com/gittix/ticketing/adapters/lambda/lambdatest"
	"github.com/gittix/ticketing/adapters/migrate"
	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// system runs as AWS runs it: the services' real programs, one function to a process, and the dispatcher, which alone
// has the broker's address.
type system struct {
	*systemtest.System
	functions map[string]*deployed
	schedules []string
}

func newSystem(t *testing.T) *system {
	t.Helper()
	front := systemtest.NewFront()
	s := &system{System: systemtest.NewSystem(t, systemtest.NewBackends(t, systemtest.NATSStreaming, front.URL), front.URL), functions: map[string]*deployed{}}
	programs := systemtest.Build(t, "-tags", "lambda,lambda.norpc", "-ldflags", "-s -w")
	databases, outboxes := s.migrate(t)
	for _, def := range functions.Services() {
		contents, err := def.Contents()
		if err != nil {
			t.Fatal(err)
		}
		contents.Stop()
		for _, schedule := range contents.Schedules {
			s.schedules = append(s.schedules, schedule.Name)
		}
		for _, name := range contents.Functions() {
			f := &deployed{t: t, path: filepath.Join(programs, def.Name), slots: make(chan struct{}, concurrency),
				settings: s.Settings(def.Name).With(config.Values{"BUS_URL": "", "DATABASE_URL": databases[def.Name], "FUNCTIONS": name})}
			s.functions[name] = f
			t.Cleanup(f.close)
		}
	}
	front.Serve(t, systemtest.Routes(t, func(_ string, e function.Endpoint) http.Handler { return apiRoute{s.functions[e.Name]} }))
	api := httptest.NewServer(http.HandlerFunc(s.invokeAPI))
	t.Cleanup(api.Close)
	if err := systemtest.NewProcess(t, programs, "dispatcher", config.Values{
		"BUS_URL": s.Bus.URLOf(busroles.Dispatcher), "BUS_ACK_WAIT": "3s", "REDIS_URL": s.Redis.URL(), "DISPATCH_OUTBOXES": outboxes,
		"DISPATCH_TARGET": "lambda:ticketing-{consumer}", "AWS_ENDPOINT_URL_LAMBDA": api.URL,
		"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "test",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	}).Start(); err != nil {
		t.Fatal(err)
	}
	return s
}

// migrate makes the databases as a deploy does, each with a role of its own. Outboxes is the dispatcher's setting.
func (s *system) migrate(t *testing.T) (databases map[string]string, outboxes string) {
	t.Helper()
	databases, publishers := map[string]string{}, systemtest.Publishers(t)
	var all string
	for _, service := range systemtest.DatabaseOwners() {
		u, err := url.Parse(s.DatabaseURL(service))
		if err != nil {
			t.Fatal("not a URL")
		}
		u.User = url.UserPassword(service, "secret-of-"+service)
		databases[service] = u.String()
		all += service + "=" + u.String() + " "
		if slices.Contains(publishers, service) {
			u.User = url.UserPassword("dispatcher", "secret-of-dispatcher")
			outboxes += service + "=" + u.String() + " "
		}
	}
	if err := migrate.Run(t.Context(), config.Values{
		"MIGRATE_ADMIN_URL": s.Postgres.URL("postgres"), "MIGRATE_DATABASES": all, "DISPATCH_OUTBOXES": outboxes,
	}, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	return databases, outboxes
}

// apiRoute is a route of an HTTP API of API Gateway.
type apiRoute struct{ *deployed }

func (a apiRoute) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	event, wrong := lambdatest.Fronts["HTTP API"].Event(adaptertest.Request{Method: r.Method, Target: r.URL.RequestURI(), Header: r.Header, Body: body})
	if err = errors.Join(err, wrong); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	payload, _ := json.Marshal(event) // which is made of text
	done := a.invoke(payload)
	reply, err := lambdatest.Answered(done.data)
	if err != nil || done.failed {
		http.Error(w, `{"message":"Internal Server Error"}`, http.StatusInternalServerError)
		return
	}
	maps.Copy(w.Header(), reply.Header)
	w.WriteHeader(reply.Status)
	_, _ = w.Write(reply.Body) // a client that is gone asks again
}

// invokeAPI is Lambda's own, as far as the dispatcher uses it.
func (s *system) invokeAPI(w http.ResponseWriter, r *http.Request) {
	path, _ := strings.CutPrefix(r.URL.Path, "/2015-03-31/functions/ticketing-")
	f := s.functions[strings.TrimSuffix(path, "/invocations")]
	payload, err := io.ReadAll(r.Body)
	if err != nil || f == nil || !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ") {
		http.Error(w, `{"Message":"Function not found, or no signature"}`, http.StatusForbidden)
		return
	}
	done := f.invoke(payload)
	if done.failed {
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
	}
	_, _ = w.Write(done.data) // a client that is gone asks again
}

// TestSystem: a purchase, an expiry, the schedules and the site, while environments come and go.
func TestSystem(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	buyer := s.Visitor()
	if err := buyer.SignUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.functions["hold-ticket"].doomed.Store(true) // so its event must come again
	sold := s.Purchase(t, buyer, func() {})
	if s.functions["hold-ticket"].doomed.Load() {
		t.Error("hold-ticket did not die")
	}
	for _, name := range []string{"get-ticket", "create-ticket"} {
		if s.functions[name].kill() == 0 {
			t.Errorf("%s had no environment to lose", name)
		}
	}
	if _, err := buyer.Ticket(t.Context(), sold.TicketID); err != nil { // at once
		t.Errorf("after a crash between two requests: %v", err)
	}
	s.functions["create-order"].deploy(config.Values{"EXPIRATION_ORDER_MINUTES": "0.05"})
	s.Expiry(t, buyer)
	for _, name := range s.schedules {
		done := s.functions[name].invoke(fmt.Appendf(nil, `{"schedule": %q}`, name)) // as template.yaml has it
		if done.failed || !strings.Contains(string(done.data), name) {
			t.Errorf("%s: %s", name, done.data)
		}
	}
	status, page, err := buyer.Send(t.Context(), "GET", "/", "", nil)
	if err != nil || status != http.StatusOK || !strings.Contains(string(page), html.EscapeString(sold.Ticket.Title)) {
		t.Errorf("the site's page: %d, %v: %s", status, err, page)
	}
	s.AwaitRest(t)
}
