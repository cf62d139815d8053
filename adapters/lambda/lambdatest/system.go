package lambdatest

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/busroles"
	"github.com/gittix/ticketing/adapters/migrate"
	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// Flags of `go build` for the programs of functions.
var Flags = []string{"-tags", "lambda,lambda.norpc", "-ldflags", "-s -w"}

// System runs as AWS runs it: the services' real programs, one function to a process, and the dispatcher, which alone
// has the broker's address.
type System struct {
	*systemtest.System
	Functions  map[string]*Function
	Services   map[string]Service
	Dispatcher *systemtest.Process
}

// Start starts the dispatcher, when the databases have been migrated. The functions wait for invocations.
func Start(t testing.TB, programs string, backends *systemtest.Backends, front *systemtest.Front, adapt systemtest.Adapt) *System {
	t.Helper()
	s := newSystem(t, backends, front)
	databases, outboxes := Migrate(t, backends)
	s.serve(t, programs, front, func(service, _ string) config.Values {
		return adapt(service, s.Settings(service).With(config.Values{"BUS_URL": "", "DATABASE_URL": databases[service]}))
	})
	s.dispatch(t, programs, adapt(busroles.Dispatcher, config.Values{
		"BUS_URL": s.Bus.URLOf(busroles.Dispatcher), "BUS_ACK_WAIT": "3s", "REDIS_URL": s.Redis.URL(), "DISPATCH_OUTBOXES": outboxes,
		"DISPATCH_TARGET": "lambda:ticketing-{consumer}",
	}))
	return s
}

func newSystem(t testing.TB, backends *systemtest.Backends, front *systemtest.Front) *System {
	s := &System{System: systemtest.NewSystem(t, backends, front.URL), Functions: map[string]*Function{}, Services: map[string]Service{}}
	s.CheckAnswers(t)
	return s
}

// serve makes every function, with the settings that it is given.
func (s *System) serve(t testing.TB, programs string, front *systemtest.Front, settings func(service, function string) config.Values) {
	t.Helper()
	for _, def := range functions.Services() {
		contents, err := def.Contents()
		if err != nil {
			t.Fatal(err)
		}
		contents.Stop()
		for _, name := range contents.Functions() {
			s.add(t, programs, def.Name, name, settings(def.Name, name).With(config.Values{"FUNCTIONS": name}))
		}
	}
	s.route(t, front)
}

// add makes a function of a service's program.
func (s *System) add(t testing.TB, programs, service, name string, settings config.Values) {
	f := &Function{t: t, path: filepath.Join(programs, service), slots: make(chan struct{}, concurrency), settings: settings}
	s.Functions[name] = f
	s.Services[service] = append(s.Services[service], f)
	t.Cleanup(f.close)
}

// route lets the front lead to the functions.
func (s *System) route(t testing.TB, front *systemtest.Front) {
	t.Helper()
	front.Serve(t, systemtest.Routes(t, func(_ string, e function.Endpoint) http.Handler { return apiRoute{s.Functions[e.Name]} }))
}

// dispatch starts a dispatcher that may invoke the functions.
func (s *System) dispatch(t testing.TB, programs string, dispatcher config.Values) {
	t.Helper()
	api := httptest.NewServer(http.HandlerFunc(s.invokeAPI))
	t.Cleanup(api.Close)
	s.Dispatcher = systemtest.NewProcess(t, programs, "dispatcher", dispatcher.With(config.Values{
		"AWS_ENDPOINT_URL_LAMBDA": api.URL, "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "test",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	}))
	if err := s.Dispatcher.Start(); err != nil {
		t.Fatal(err)
	}
}

// Migrate makes the databases as a deploy does, each with a role of its own, and returns their URLs. Outboxes is the dispatcher's
// setting.
func Migrate(t testing.TB, b *systemtest.Backends) (databases map[string]string, outboxes string) {
	t.Helper()
	databases, publishers := map[string]string{}, systemtest.Publishers(t)
	var all string
	for _, service := range systemtest.DatabaseOwners() {
		u, err := url.Parse(b.DatabaseURL(service))
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
	if _, err := migrate.Run(t.Context(), config.Values{
		"MIGRATE_ADMIN_URL": b.Postgres.URL("postgres"), "MIGRATE_DATABASES": all, "DISPATCH_OUTBOXES": outboxes,
	}, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	return databases, outboxes
}

// invokeAPI is Lambda's own, as far as the dispatcher uses it.
func (s *System) invokeAPI(w http.ResponseWriter, r *http.Request) {
	path, _ := strings.CutPrefix(r.URL.Path, "/2015-03-31/functions/ticketing-")
	f := s.Functions[strings.TrimSuffix(path, "/invocations")]
	payload, err := io.ReadAll(r.Body)
	if err != nil || f == nil || !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ") {
		http.Error(w, `{"Message":"Function not found, or no signature"}`, http.StatusForbidden)
		return
	}
	done := f.Invoke(payload)
	if done.Failed {
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
	}
	_, _ = w.Write(done.Data) // a client that is gone asks again
}

// Tick does what EventBridge Scheduler does: it lets a function run its schedule, as template.yaml has it.
func (s *System) Tick(_, schedule string) error {
	done := s.Functions[schedule].Invoke(fmt.Appendf(nil, `{"schedule": %q}`, schedule))
	if done.Failed || !strings.Contains(string(done.Data), schedule) {
		return fmt.Errorf("%s: %s", schedule, done.Data)
	}
	return nil
}
