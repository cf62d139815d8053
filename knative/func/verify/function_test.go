package verify

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// secrets are what the services read from their mounted Secrets. Nothing answers at these addresses.
var secrets = []string{"DATABASE_URL=postgres://127.0.0.1:1/nowhere", "REDIS_URL=redis://127.0.0.1:1", "JWT_SECRET=" + key,
	"PASSWORD_PEPPER=x", "STRIPE_SECRET_KEY=sk_test_x", "EVENT_KEY_AUTH=" + key, "EVENT_KEY_TICKETS=" + key, "EVENT_KEY_ORDERS=" + key,
	"EVENT_KEY_PAYMENTS=" + key, "EVENT_KEY_EXPIRATION=" + key, "PASS_KEY=" + key, "ATTACHMENT_KEY=" + key, "MAIL_LINK_KEY=" + key, "WEBHOOK_KEY=" + key}

const key = "0123456789abcdef0123456789abcdef"

// lacking finds the settings that a program says it lacks, of which it may name several for one need.
var lacking = regexp.MustCompile(`((?:\w+ or )*\w+) is required`)

// timeout is more than the 30 s that func's main gives the requests under way.
const timeout = 60 * time.Second

// TestFunctions builds every folder, and runs what comes out with the environment of its image.
func TestFunctions(t *testing.T) {
	t.Setenv("GOWORK", "")                           // the folder's own, though this module is outside of any
	t.Setenv("GOFLAGS", "-trimpath -buildvcs=false") // so that what was built in another temporary folder is not built again
	folders, err := filepath.Glob("../*/func.yaml")
	if err != nil || len(folders) == 0 {
		t.Fatal(folders, err)
	}
	for _, folder := range folders {
		name := filepath.Base(filepath.Dir(folder))
		t.Run(name, func(t *testing.T) {
			program, config := build(t, name)
			if _, mounted := config.Volumes["/run/secrets/api-secrets"]; !mounted || config.User != "1000:1000" {
				t.Errorf("user %q, volumes %v", config.User, config.Volumes)
			}
			environment := slices.Concat(config.Env, secrets)
			if name == "client" { // it depends on no server
				finishesItsRequests(t, program, environment)
				return
			}
			// Without its secrets it ends, and says which is missing.
			p := start(t, program, config.Env)
			receive(t, p.ended)
			missing := lacking.FindAllStringSubmatch(p.log.String(), -1)
			if exit := new(exec.ExitError); !errors.As(p.status, &exit) || exit.ExitCode() != 1 || len(missing) == 0 {
				t.Fatalf("without secrets: %v\n%s", p.status, &p.log)
			}
			for _, found := range missing {
				if !slices.ContainsFunc(secrets, func(s string) bool {
					name, _, _ := strings.Cut(s, "=")
					return slices.Contains(strings.Split(found[1], " or "), name)
				}) {
					t.Errorf("%s requires %s: add a value for it to secrets, in this file", name, found[1])
				}
			}
			// Without its servers it lives, is not ready, and stops when told to.
			p = start(t, program, environment)
			p.await(t, "/health/liveness", func(status int, _ error) bool { return status == http.StatusOK })
			if status, _, err := p.get(t.Context(), "/health/readiness"); status != http.StatusServiceUnavailable {
				t.Errorf("readiness: %d, %v", status, err)
			}
			p.signal(t)
			p.ends(t)
		})
	}
}

// finishesItsRequests: the site, told to stop while it waits for a service, accepts no more requests, answers the
// one under way, and ends.
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
	p := start(t, program, append(environment, "TICKETS_API_URL="+tickets.URL))
	p.await(t, "/health/readiness", func(status int, _ error) bool { return status == http.StatusOK })
	page := make(chan string, 1)
	go func() {
		_, body, _ := p.get(t.Context(), "/")
		page <- body
	}()
	receive(t, asked)
	p.signal(t)
	p.await(t, "/health/liveness", func(_ int, err error) bool { return errors.Is(err, syscall.ECONNREFUSED) })
	close(release)
	if body := receive(t, page); !strings.Contains(body, "</html>") {
		t.Errorf("the request under way gets %q", body)
	}
	p.ends(t)
}

// process is a function that runs.
type process struct {
	url    string
	cmd    *exec.Cmd
	log    bytes.Buffer  // of a process that ended
	ended  chan struct{} // closed when it did
	status error         // with which it did
}

// start runs a program with an environment on a free port.
func start(t *testing.T, program string, environment []string) *process {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	p := &process{url: "http://" + address, cmd: exec.Command(program), ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = t.TempDir(), &p.log, &p.log
	p.cmd.Env = append(slices.Clone(environment), "PORT=8080", "LISTEN_ADDRESS="+address) // Knative sets PORT
	if err := errors.Join(free.Close(), p.cmd.Start()); err != nil {
		t.Fatal(err)
	}
	go func() { p.status = p.cmd.Wait(); close(p.ended) }()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it has ended, or else the test has failed already
		<-p.ended
		if t.Failed() {
			t.Logf("%v\n%s", p.status, &p.log)
		}
	})
	return p
}

func (p *process) signal(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
}

// ends waits until the process that was told to stop has ended without an error.
func (p *process) ends(t *testing.T) {
	t.Helper()
	if receive(t, p.ended); p.status != nil {
		t.Errorf("stop: %v", p.status)
	}
}

// receive returns what a channel gives, or its end.
func receive[T any](t *testing.T, from <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(timeout):
		t.Fatal("nothing happened")
	}
	return v
}

func (p *process) get(ctx context.Context, path string) (status int, body string, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+path, nil)
	if err != nil {
		return 0, "", err
	}
	r.Close = true // no connection is kept open
	got, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return 0, "", err
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	return got.StatusCode, string(text), err
}

// await asks for a path until the answer is as wanted.
func (p *process) await(t *testing.T, path string, wanted func(status int, err error) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	for {
		if status, _, err := p.get(ctx, path); wanted(status, err) {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s is never as wanted", path)
		case <-time.After(10 * time.Millisecond):
		}
	}
}
