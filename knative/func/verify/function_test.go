package verify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
)

const (
	database = "DATABASE_URL=postgres://127.0.0.1:1/nowhere"
	secret   = "JWT_SECRET=0123456789abcdef0123456789abcdef"
)

// cases are the functions, with what the secret that is mounted would tell them, and a request that nobody
// answers before the database or the cache is there.
var cases = map[string]struct {
	secrets      []string
	method, path string
}{
	"auth":       {[]string{database, secret, "PASSWORD_PEPPER=x"}, http.MethodGet, "/api/users/current-user"},
	"tickets":    {[]string{database, secret}, http.MethodPost, "/api/tickets"},
	"orders":     {[]string{database, secret}, http.MethodGet, "/api/orders"},
	"payments":   {[]string{database, secret, "STRIPE_SECRET_KEY=sk_test_x"}, http.MethodPost, "/api/payments"},
	"expiration": {[]string{"REDIS_URL=redis://127.0.0.1:1"}, http.MethodPost, "/events/schedule-expiration"},
	"client":     {[]string{secret}, "", ""}, // it depends on nothing
}

// TestFunctions builds every folder, and runs what comes out with the environment of its image.
func TestFunctions(t *testing.T) {
	t.Setenv("GOWORK", "")                           // the folder's own, though this module is outside of any
	t.Setenv("GOFLAGS", "-trimpath -buildvcs=false") // so that what was built in another temporary folder is not built again
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			image := build(t, name)
			file, err := image.ConfigFile()
			if err != nil {
				t.Fatal(err)
			}
			config := file.Config
			if _, mounted := config.Volumes["/run/secrets/api-secrets"]; !mounted || config.User != "1000:1000" {
				t.Errorf("user %q, volumes %v", config.User, config.Volumes)
			}
			if runtime.GOOS != here.OS {
				t.Skip("what is built runs on Linux only")
			}
			program := executable(t, image, config)
			refuses(t, program, config.Env, c.secrets[0])
			environment := slices.Concat(config.Env, c.secrets)
			if c.path == "" {
				finishesItsRequests(t, program, environment)
				return
			}
			isUnready(t, start(t, program, environment), c.method, c.path)
		})
	}
}

// refuses: without its secret a function says which setting is missing, and does not stay.
func refuses(t *testing.T, program string, environment []string, secret string) {
	t.Helper()
	p := start(t, program, environment)
	p.wait(t)
	name, _, _ := strings.Cut(secret, "=")
	if exit := new(exec.ExitError); !errors.As(p.status, &exit) || exit.ExitCode() != 1 || !strings.Contains(p.log.String(), name) {
		t.Errorf("without %s: %v\n%s", name, p.status, &p.log)
	}
}

// isUnready: without what it depends on a function lives, is not ready, tells its clients to come again, and
// stops when told to.
func isUnready(t *testing.T, p *process, method, path string) {
	t.Helper()
	p.becomes(t, "/health/liveness", http.StatusOK)
	if got, err := p.ask(t.Context(), http.MethodGet, "/health/readiness"); err != nil || got.status != http.StatusServiceUnavailable {
		t.Errorf("readiness: %+v, %v", got, err)
	}
	got, err := p.ask(t.Context(), method, path)
	var said struct{ Message, Code string }
	if err := errors.Join(err, json.Unmarshal([]byte(got.body), &said)); err != nil {
		t.Errorf("%s %s: %v", method, path, err)
	}
	if got.status != http.StatusServiceUnavailable || said.Message == "" || said.Code == "" || got.header.Get("Retry-After") == "" {
		t.Errorf("%s %s: %+v", method, path, got)
	}
	p.terminate(t)
	p.wait(t)
	if p.status != nil {
		t.Errorf("stop: %v", p.status)
	}
}

// finishesItsRequests: the site, told to stop while it waits for a service, takes no more visitors, gives the one
// who is there the page, and ends.
func finishesItsRequests(t *testing.T, program string, environment []string) {
	t.Helper()
	asked, release := make(chan struct{}), make(chan struct{})
	tickets := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-release
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte("[]"))
	}))
	t.Cleanup(tickets.Close)
	p := start(t, program, slices.Concat(environment, []string{"TICKETS_API_URL=" + tickets.URL}))
	p.becomes(t, "/health/liveness", http.StatusOK)
	p.becomes(t, "/health/readiness", http.StatusOK)
	answered := make(chan error, 1)
	go func() {
		page, err := p.ask(t.Context(), http.MethodGet, "/")
		if err == nil && (page.status != http.StatusOK || !strings.Contains(page.body, "</html>")) {
			err = fmt.Errorf("the visitor gets %+v", page)
		}
		answered <- err
	}()
	receive(t, asked)
	p.terminate(t)
	await(t, "closed", func(ctx context.Context) bool {
		_, err := p.ask(ctx, http.MethodGet, "/health/liveness")
		return errors.Is(err, syscall.ECONNREFUSED)
	})
	close(release)
	if err := receive(t, answered); err != nil {
		t.Error(err)
	}
	p.wait(t)
	if p.status != nil {
		t.Errorf("stop: %v", p.status)
	}
}
