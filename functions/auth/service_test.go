package auth

import (
	"net/http"
	"testing"

	"github.com/jackc/pgx/v5"
	"golang.org/x/crypto/argon2"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const (
	goodEmail    = "ada@example.com"
	goodPassword = "correct horse, battery"
	home         = "192.0.2.1" // a client's address
	away         = "postgres://nobody@127.0.0.1:1/none"
)

// values are the settings of a service behind one proxy of ours.
func values(databaseURL string) config.Values {
	return config.Values{
		"DATABASE_URL": databaseURL, "JWT_SECRET": functiontest.Secret, "PASSWORD_PEPPER": "reference-pepper", "MAIL_LINK_KEY": functiontest.Secret,
	}
}

// fixture is the service on a database of its own.
type fixture struct {
	*functiontest.Run
	*Auth
	t testing.TB
}

func start(t testing.TB, changes config.Values) fixture {
	t.Helper()
	f := serve(t, values(pgtest.Database(t)).With(changes))
	f.Must(f.db.Migrate(t.Context()))
	return f
}

// serve starts a service that may have no database.
func serve(t testing.TB, v config.Values) fixture {
	t.Helper()
	settings, err := config.Parse[Settings](v)
	if err != nil {
		t.Fatal(err)
	}
	db, err := postgres.Open(settings.Database.URL, postgres.Events(), postgres.NewSchema("auth", migrations))
	if err != nil {
		t.Fatal(err)
	}
	a, err := newAuth(settings, db)
	if err != nil {
		t.Fatal(err)
	}
	a.passwords.argon2id = func(password, salt []byte, _, _ uint32, _ uint8, n uint32) []byte {
		return argon2.IDKey(password, salt, 1, 8, 1, n) // the real cost is seconds with the race detector
	}
	return fixture{functiontest.Serve(t, a.service()), a, t}
}

func credentials(email, password string) string {
	return functiontest.Text(map[string]string{"email": email, "password": password})
}

func (f fixture) signUp(email, password string) functiontest.Answer {
	return f.Call(0, "POST", "/api/users/signup", credentials(email, password))
}

// signIn signs in from a client address.
func (f fixture) signIn(email, password, from string) functiontest.Answer {
	return f.Send("POST", "/api/users/signin", credentials(email, password), http.Header{"X-Forwarded-For": {from}})
}

func (f fixture) signOut(c *http.Cookie) functiontest.Answer {
	return f.Send("POST", "/api/users/signout", "", holding(c))
}

// user signs up as goodEmail, and returns the session. What that announces is gone.
func (f fixture) user() *http.Cookie {
	f.t.Helper()
	defer f.Announced()
	return f.said(f.signUp(goodEmail, goodPassword), 201, "User created.").Cookie(session.CookieName)
}

// said checks status and message of an answer. A session is opened by no other answers than those to sign-up and sign-in.
func (f fixture) said(a functiontest.Answer, status int, message string) functiontest.Answer {
	f.t.Helper()
	got := functiontest.Parse[struct{ Message string }](f.t, a, a.Status).Message
	if c := a.Cookie(session.CookieName); a.Status != status || got != message || (c != nil && c.Value != "") != (status == 201 || message == "User logged in.") {
		f.t.Errorf("answered %d %q with cookie %v, want %d %q", a.Status, got, c, status, message)
	}
	return a
}

// known returns the claims that the service believes, or nil.
func (f fixture) known(c *http.Cookie) *session.Claims {
	f.t.Helper()
	a := f.Send("GET", "/api/users/current-user", "", holding(c))
	return functiontest.Parse[CurrentUserReply](f.t, a, 200).CurrentUser
}

func holding(c *http.Cookie) http.Header {
	if c == nil {
		return nil
	}
	return http.Header{"Cookie": {c.Name + "=" + c.Value}}
}

func (f fixture) exec(sql string, args ...any) {
	f.t.Helper()
	_, err := f.db.Exec(f.t.Context(), sql, args...)
	f.Must(err)
}

// value returns what a query finds.
func value[T any](f fixture, sql string, args ...any) T {
	f.t.Helper()
	v, err := postgres.One(f.t.Context(), f.db, pgx.RowTo[T], sql, args...)
	f.Must(err)
	return v
}

func TestSettings(t *testing.T) {
	t.Parallel()
	functiontest.Settings(t, New, values(away), nil, []string{
		"DATABASE_URL=", "JWT_SECRET=s3cret", "PASSWORD_PEPPER=", "SIGNIN_ATTEMPTS_PER_ACCOUNT=0", "SIGNIN_ATTEMPTS_PER_ADDRESS=many",
		"SIGNIN_WINDOW=-1m", "SIGNUPS_PER_ADDRESS=0", "MAILS_PER_ACCOUNT=0", "MAILS_PER_ADDRESS=many", "MAIL_LINK_KEY=", "MAIL_LINK_KEY=s3cret", "PASSWORD_BREACH_URL=s3cret", "TRUSTED_PROXIES=s3cret", "TRUSTED_PROXY_HOPS=1", "SESSION_SECURE=perhaps", "SESSION_IDLE_TIMEOUT=1s",
	})
}

func TestWithoutDatabase(t *testing.T) {
	t.Parallel()
	f := serve(t, values(away))
	c, err := f.keys.Issue(1, goodEmail)
	f.Must(err)
	const message = "Service unavailable."
	if a := f.said(f.signIn(goodEmail, goodPassword, home), 503, message); a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	f.said(f.signUp(goodEmail, goodPassword), 503, message)
	f.said(f.signOut(c), 503, message) // the session is not over
	f.said(f.signOut(nil), 200, "User logged out.")
	f.said(f.Send("GET", "/api/users/current-user", "", holding(c)), 503, message)
	if f.known(nil) != nil {
		t.Error("a user without a session")
	}
}
