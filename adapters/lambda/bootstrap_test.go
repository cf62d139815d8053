package lambda

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gittix/ticketing/functions/auth"
	"github.com/gittix/ticketing/functions/orders"
	"github.com/gittix/ticketing/functions/payments"
	"github.com/gittix/ticketing/functions/tickets"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/embedded/redistest"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// bootstrap builds a service's program as it is deployed, but for this machine.
func bootstrap(t testing.TB, service string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "bootstrap")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-tags", "lambda,lambda.norpc", "-ldflags", "-s -w", "-o", program, "../cmd/"+service)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// started is a program that runs as Lambda runs it.
type started struct {
	*runtimeAPI
	cmd   *exec.Cmd
	log   *bytes.Buffer // to be read when it has ended
	ended chan error
}

func run(t testing.TB, program string, environment config.Values) *started {
	t.Helper()
	p := &started{runtimeAPI: newRuntimeAPI(t), log: new(bytes.Buffer), ended: make(chan error, 1)}
	p.cmd = exec.CommandContext(t.Context(), program)
	p.cmd.Stderr = p.log
	p.cmd.Env = []string{"AWS_LAMBDA_RUNTIME_API=" + p.address, "PATH=" + os.Getenv("PATH")}
	for name, value := range environment {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.ended <- p.cmd.Wait(); close(p.ended) }() // the process ends with the test's context at the latest
	t.Cleanup(func() { _ = p.cmd.Process.Kill(); p.wait() })
	return p
}

// wait returns when the process has ended, however that was.
func (p *started) wait() {
	for range p.ended {
		continue
	}
}

// orderCreated is a batch of one event.
func orderCreated() string {
	return fmt.Sprintf(`{"events":[{"specversion":"1.0","id":"1","source":"/orders","type":"orders.created","subject":"order/1","sequence":"1",
		"time":"2026-11-22T15:04:05Z","datacontenttype":"application/json","data":{"id":1,"userId":7,"status":"created","expiresAt":"%s","version":0,
		"ticketId":1,"ticket":{"id":1,"title":"Hello","price":10,"version":0}}}]}`, time.Now().Add(time.Hour).UTC().Format("2006-01-02T15:04:05.000Z"))
}

// TestBootstraps: each service's program, with one of its functions of each kind, as Lambda runs it.
func TestBootstraps(t *testing.T) {
	t.Parallel()
	const signUp = `{"version":"2.0","rawPath":"/api/users/signup","headers":{"host":"shop.example.com","content-type":"application/json"},
		"requestContext":{"domainName":"x.lambda-url.eu-central-1.on.aws","http":{"method":"POST","sourceIp":"192.0.2.1"}},
		"body":"{\"email\":\"ann@example.com\",\"password\":\"a long enough one\"}"}`
	list := func(path string) string {
		return `{"version":"2.0","rawPath":"` + path + `","headers":{"host":"shop.example.com"},"requestContext":{"http":{"method":"GET","sourceIp":"192.0.2.1"}}}`
	}
	const noFailures = `{"batchItemFailures":[]}`
	programs := map[string]string{}
	for _, service := range []string{"auth", "tickets", "orders", "payments", "expiration"} {
		programs[service] = bootstrap(t, service)
	}
	for name, c := range map[string]struct {
		build   function.New // nil: the service has no database
		service string
		event   string
		status  int    // of an HTTP answer
		want    string // part of the answer
	}{
		"sign-up":             {auth.New, "auth", signUp, http.StatusCreated, "User created."},
		"sweep-sessions":      {auth.New, "auth", `{"schedule":"sweep-sessions"}`, 0, "sweep-sessions"},
		"list-tickets":        {tickets.New, "tickets", list("/api/tickets"), http.StatusOK, "[]"},
		"hold-ticket":         {tickets.New, "tickets", orderCreated(), 0, noFailures},
		"list-orders":         {orders.New, "orders", list("/api/orders"), http.StatusUnauthorized, "Not authorized."},
		"sweep-overdue":       {orders.New, "orders", `{"schedule":"sweep-overdue"}`, 0, "sweep-overdue"},
		"copy-order":          {payments.New, "payments", orderCreated(), 0, noFailures},
		"reconcile-payments":  {payments.New, "payments", `{"detail-type":"Scheduled Event"}`, 0, "reconcile-payments"},
		"schedule-expiration": {nil, "expiration", orderCreated(), 0, noFailures},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			environment := config.Values{"JWT_SECRET": functiontest.Secret, "PASSWORD_PEPPER": "pepper", "STRIPE_SECRET_KEY": "sk_test_x"}
			if c.build != nil {
				environment["DATABASE_URL"] = pgtest.Database(t)
				migrate(t, c.build, environment)
			} else {
				environment["REDIS_URL"] = redistest.Server(t).URL()
			}
			p := run(t, programs[c.service], environment.With(config.Values{"FUNCTIONS": name}))
			if extension := within(t, p.extensions); extension == "" {
				t.Error("it did not ask for SIGTERM")
			}
			for range 2 { // the first one is cold
				r := p.invoke(t, c.event)
				if r.failed || c.status == 0 && !strings.Contains(string(r.data), c.want) {
					t.Fatalf("answered %s", r.data)
				}
				if c.status == 0 {
					continue
				}
				answer, err := answered(r.data)
				if err != nil || answer.Status != c.status || !strings.Contains(string(answer.Body), c.want) {
					t.Fatalf("answered %d %s, %v", answer.Status, answer.Body, err)
				}
				if name == "sign-up" {
					c.status, c.want = http.StatusConflict, "Email already exists."
				}
			}
			if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := within(t, p.ended); err != nil {
				t.Errorf("ended with %v: %s", err, p.log)
			}
		})
	}
}

// TestFailures: what a function does not understand fails the invocation and no more; what keeps it from
// starting is told to Lambda.
func TestFailures(t *testing.T) {
	t.Parallel()
	program := bootstrap(t, "tickets")
	environment := config.Values{"JWT_SECRET": functiontest.Secret, "DATABASE_URL": "postgres://127.0.0.1:1/nowhere"}
	t.Run("unknown payload", func(t *testing.T) {
		t.Parallel()
		p := run(t, program, environment)
		for range 2 {
			if r := p.invoke(t, `{"hello":"world"}`); !r.failed || !bytes.Contains(r.data, []byte("no HTTP request")) {
				t.Errorf("answered %s", r.data)
			}
		}
	})
	t.Run("no database", func(t *testing.T) {
		t.Parallel()
		r := run(t, program, environment).invoke(t, `{"path":"/api/tickets","httpMethod":"GET"}`)
		if answer, err := answered(r.data); err != nil || answer.Status != http.StatusServiceUnavailable {
			t.Errorf("answered %s", r.data)
		}
	})
	t.Run("no database for an event", func(t *testing.T) {
		t.Parallel()
		r := run(t, program, environment).invoke(t, orderCreated())
		if string(r.data) != `{"batchItemFailures":[{"itemIdentifier":"1","temporary":true}]}` {
			t.Errorf("answered %s", r.data)
		}
	})
	for name, changes := range map[string]config.Values{
		"DATABASE_URL": {"DATABASE_URL": ""},
		"FUNCTIONS":    {"FUNCTIONS": "create-order"},
		"BASE_PATH":    {"BASE_PATH": "shop/"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := run(t, program, environment.With(changes))
			kind, body, _ := strings.Cut(within(t, p.initError), " ")
			var told struct{ ErrorType, ErrorMessage string }
			if err := json.Unmarshal([]byte(body), &told); err != nil || kind != told.ErrorType || !strings.Contains(told.ErrorMessage, name) {
				t.Errorf("told %s %s", kind, body)
			}
			var exit *exec.ExitError
			if err := within(t, p.ended); !errors.As(err, &exit) || exit.ExitCode() != 1 || len(p.ready) > 0 {
				t.Errorf("ended with %v", err)
			}
		})
	}
}
