package auth

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/telemetry"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const (
	goodEmail    = "ada@example.com"
	goodPassword = "correct horse, battery"
)

// values are the settings of a service behind one proxy of ours.
func values(databaseURL string) config.Values {
	return config.Values{
		"DATABASE_URL": databaseURL, "JWT_SECRET": "0123456789abcdef0123456789abcdef",
		"PASSWORD_PEPPER": "reference-pepper", "TRUSTED_PROXY_HOPS": "1",
	}
}

// system is the service behind a real HTTP server, on a database of its own.
type system struct {
	*Auth
	db  *postgres.DB
	url string
}

func start(t testing.TB, changes config.Values) system {
	t.Helper()
	s := serve(t, values(pgtest.Database(t)).With(changes))
	if err := s.db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// serve starts a service that may have no database.
func serve(t testing.TB, v config.Values) system {
	t.Helper()
	settings, err := config.Parse[Settings](v)
	if err != nil {
		t.Fatal(err)
	}
	db, err := postgres.Open(settings.Database.URL, postgres.NewSchema("auth", migrations))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	a, err := newAuth(settings, db)
	if err != nil {
		t.Fatal(err)
	}
	metrics, err := telemetry.NewMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	runner := function.Runner{
		Log: slog.New(slog.DiscardHandler), Metrics: metrics,
		Tracer: noop.NewTracerProvider().Tracer(""), Timeout: time.Minute,
	}
	server := httptest.NewServer(runner.Handler(a.service(db)))
	t.Cleanup(server.Close)
	return system{Auth: a, db: db, url: server.URL}
}

// answer is what a client sees.
type answer struct {
	status int
	header http.Header
	body   string
	cookie *http.Cookie // nil if none was set
}

func (a answer) message(t testing.TB) string {
	t.Helper()
	var body struct{ Message string }
	if err := json.Unmarshal([]byte(a.body), &body); err != nil {
		t.Fatalf("%q: %v", a.body, err)
	}
	return body.Message
}

// want fails the test unless the answer is this one.
func (a answer) want(t testing.TB, status int, message string) answer {
	t.Helper()
	if got := a.message(t); a.status != status || got != message {
		t.Errorf("answered %d %q, want %d %q", a.status, got, status, message)
	}
	return a
}

func (s system) call(t testing.TB, method, path, body string, header http.Header) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, bytes.NewBufferString(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	maps.Copy(req.Header, header)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{status: res.StatusCode, header: res.Header, body: string(b)}
	for _, c := range res.Cookies() {
		if c.Name == session.CookieName {
			a.cookie = c
		}
	}
	return a
}

func (s system) signUp(t testing.TB, email, password string) answer {
	t.Helper()
	return s.call(t, "POST", "/api/users/signup", credentials(t, email, password), nil)
}

// signIn signs in from a client address.
func (s system) signIn(t testing.TB, email, password, from string) answer {
	t.Helper()
	return s.call(t, "POST", "/api/users/signin", credentials(t, email, password), http.Header{"X-Forwarded-For": {from}})
}

func (s system) signOut(t testing.TB, c *http.Cookie) answer {
	t.Helper()
	return s.call(t, "POST", "/api/users/signout", "", holding(c))
}

// currentUser returns the claims that the service believes, or nil.
func (s system) currentUser(t testing.TB, c *http.Cookie) *session.Claims {
	t.Helper()
	a := s.call(t, "GET", "/api/users/current-user", "", holding(c))
	var reply struct{ CurrentUser *session.Claims }
	if err := json.Unmarshal([]byte(a.body), &reply); err != nil || a.status != http.StatusOK {
		t.Fatalf("current user: %d %s %v", a.status, a.body, err)
	}
	return reply.CurrentUser
}

func holding(c *http.Cookie) http.Header {
	if c == nil {
		return nil
	}
	return http.Header{"Cookie": {c.Name + "=" + c.Value}}
}

func credentials(t testing.TB, email, password string) string {
	t.Helper()
	b, err := json.Marshal(map[string]string{"email": email, "password": password})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func (s system) exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	if _, err := s.db.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// value returns what a query finds.
func value[T any](t testing.TB, s system, sql string, args ...any) T {
	t.Helper()
	v, err := postgres.One(t.Context(), s.db, pgx.RowTo[T], sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
