package local_test

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/local"
	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
)

// TestListensAnywhere: the site, whose pages call the services, works on whatever address the system listens; its mailbox does by this host's names alone.
func TestListensAnywhere(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"::1", "127.0.0.2", "::", "0.0.0.0"} {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			backends := systemtest.NewBackends(t, systemtest.JetStream, "")
			running, err := local.Start(t.Context(), config.Values{"HOST": host, "PORT": "0", "DATA_DIR": t.TempDir(),
				"DATABASE_URL": backends.Postgres.URL("postgres"), "BUS_URL": backends.Bus.URL}, systemtest.Log(t, slog.LevelError))
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := running.Stop(); err != nil {
					t.Error(err)
				}
			}()
			running.AwaitReady(t.Context())
			status, body, err := systemtest.NewSystem(t, nil, running.URL()).Visitor().Send(t.Context(), "GET", "/", "", nil)
			if err != nil || status != http.StatusOK {
				t.Errorf("the home page of %s: %d %s, %v", running.URL(), status, body, err)
			}
			for name, want := range map[string]int{"": http.StatusOK, "shop.example:8080": http.StatusForbidden} {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, running.URL()+"/mailbox/mails.json", nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Host = name
				res, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				if _ = res.Body.Close(); res.StatusCode != want {
					t.Errorf("the mailbox of %s, asked for at %q: %d, want %d", running.URL(), name, res.StatusCode, want)
				}
			}
		})
	}
}

// TestStartSaysWhatIsWrong: an error at the start names the setting and says what the server answered, without the password.
func TestStartSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	good, err := url.Parse(pgtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	at := func(change func(*url.URL)) string {
		u := *good
		change(&u)
		return u.String()
	}
	for name, c := range map[string]struct{ url, want string }{
		"no such database": {at(func(u *url.URL) { u.Path += "-missing" }), "does not exist"},
		"wrong password":   {at(func(u *url.URL) { u.User = url.UserPassword(u.User.Username(), "hunter2") }), "password authentication failed"},
		"no TLS":           {at(func(u *url.URL) { u.RawQuery = "sslmode=require" }), "TLS"},
		"no server":        {"postgres://u:hunter2@127.0.0.1:1/x", "connection refused"},
		"no such host":     {"postgres://u:hunter2@nowhere.invalid/x", "nowhere.invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := local.Start(t.Context(), config.Values{"PORT": "0", "DATA_DIR": t.TempDir(), "DATABASE_URL": c.url,
				"BUS_URL": "jetstream://127.0.0.1:1", "REDIS_URL": "redis://127.0.0.1:1"}, slog.New(slog.DiscardHandler))
			if err == nil {
				t.Fatal("it started")
			}
			text := err.Error()
			if !strings.HasPrefix(text, "config: DATABASE_URL") || !strings.Contains(text, c.want) || strings.Contains(text, "hunter2") || strings.Contains(text, "\n") {
				t.Errorf("%s", text)
			}
		})
	}
}
