package lambda

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/lambda/lambdatest"
	"github.com/gittix/ticketing/functions/tickets"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/timestamp"
)

// TestMain runs the tests, or, in a process that a test has started, the tickets service as Lambda runs it.
func TestMain(m *testing.M) {
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" {
		Main(tickets.New, AWS{})
		return
	}
	pgtest.Main(m)
}

// process is a function of the tickets service, as Lambda runs it.
type process struct {
	*os.Process
	ended      chan error    // how the process ended
	asked      chan struct{} // for an invocation
	results    chan string   // of an invocation, "error: " before those that failed
	initErrors chan [2]string
	extensions chan string
	stderr     bytes.Buffer // to be read when it has ended
}

// start runs this test's program. Each of its invocations has the payload.
func start(t testing.TB, payload string, values config.Values) *process {
	t.Helper()
	p := &process{ended: make(chan error, 1), asked: make(chan struct{}), results: make(chan string, 1), initErrors: make(chan [2]string, 1), extensions: make(chan string, 1)}
	server := httptest.NewServer(&lambdatest.Runtime{
		Timeout: 10 * time.Second,
		Next: func(r *http.Request) []byte {
			select {
			case p.asked <- struct{}{}:
				return []byte(payload)
			case <-r.Context().Done():
				return nil
			}
		},
		Result: func(data []byte, failed bool) {
			p.results <- map[bool]string{true: "error: "}[failed] + string(data)
		},
		InitError: func(kind, body string) { p.initErrors <- [2]string{kind, body} },
		Register:  func(extension string) { p.extensions <- extension },
	})
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = []string{"AWS_LAMBDA_RUNTIME_API=" + server.Listener.Addr().String(), "PATH=" + os.Getenv("PATH")}
	for name, value := range values {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Stderr = &p.stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.Process = cmd.Process
	go func() { p.ended <- cmd.Wait(); close(p.ended) }() // the cleanup kills the process
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		for range p.ended {
			continue
		}
		server.CloseClientConnections()
		server.Close()
	})
	return p
}

var nowhere = functiontest.EventKeys().With(config.Values{"JWT_SECRET": functiontest.Secret, "ATTACHMENT_KEY": functiontest.Secret, "DATABASE_URL": "postgres://127.0.0.1:1/nowhere"})

// TestProcess: a function answers one invocation after the other, and ends well when Lambda says so. What it does not
// understand fails the invocation only.
func TestProcess(t *testing.T) {
	t.Parallel()
	e, err := json.Marshal(functiontest.EventWithID(t, "1", event.OrderCreated, event.Order{
		ID: 1, UserID: 7, Status: event.OrderIsCreated, ExpiresAt: timestamp.Of(time.Now()), TicketID: 1, Ticket: event.OrderTicket{ID: 1, Title: "Hello", Price: 1000},
	}))
	if err != nil {
		t.Fatal(err)
	}
	orderCreated := fmt.Sprintf(`{"events":[%s]}`, e)
	for payload, want := range map[string]string{ // of a service whose database is unavailable
		`{"path":"/api/tickets","httpMethod":"GET"}`: `{"statusCode":503`,
		orderCreated:        `{"batchItemFailures":[{"itemIdentifier":"1","temporary":true}]}`,
		`{"hello":"world"}`: `error: {"errorMessage":"lambda: the payload is no HTTP request`,
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			p := start(t, payload, nowhere.With(config.Values{"FUNCTIONS": "list-tickets,hold-ticket"}))
			if within(t, p.extensions) == "" {
				t.Error("it did not ask for SIGTERM")
			}
			for range 2 {
				within(t, p.asked)
				if got := within(t, p.results); !strings.HasPrefix(got, want) {
					t.Errorf("answered %s", got)
				}
			}
			if err := p.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := within(t, p.ended); err != nil {
				t.Errorf("ended with %v", err)
			}
			if lines := p.lines(t); len(lines) == 0 || slices.ContainsFunc(lines, func(l line) bool { return l.RequestID == "" }) {
				t.Errorf("of two invocations that failed it said %+v", lines)
			}
		})
	}
}

// line is one of a function's log, in Lambda's own form.
type line struct {
	Timestamp        time.Time
	Level, RequestID string
}

// lines are all that a process said until its end: every line is in that form.
func (p *process) lines(t testing.TB) (all []line) {
	t.Helper()
	for text := range strings.Lines(p.stderr.String()) {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil || l.Timestamp.IsZero() || !slices.Contains([]string{"DEBUG", "INFO", "WARN", "ERROR"}, l.Level) {
			t.Errorf("said %s: %v", text, err)
		}
		all = append(all, l)
	}
	return all
}

// TestProcessCannotStart: the error that Lambda gets names the setting that is wrong, and the process ends with status 1.
func TestProcessCannotStart(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{"DATABASE_URL": "", "FUNCTIONS": "create-order", "BASE_PATH": "shop/"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, "{}", nowhere.With(config.Values{name: value}))
			got := within(t, p.initErrors)
			var told struct{ ErrorType, ErrorMessage string }
			if err := json.Unmarshal([]byte(got[1]), &told); err != nil || got[0] != told.ErrorType || !strings.Contains(told.ErrorMessage, name) {
				t.Errorf("told %s", got)
			}
			var exit *exec.ExitError
			if err := within(t, p.ended); !errors.As(err, &exit) || exit.ExitCode() != 1 {
				t.Errorf("ended with %v", err)
			}
			if lines := p.lines(t); len(lines) != 1 || lines[0].Level != "ERROR" {
				t.Errorf("said %+v", lines)
			}
		})
	}
}

// BenchmarkColdStart is a process from its start until it asks for work: Lambda's init.
func BenchmarkColdStart(b *testing.B) {
	for b.Loop() {
		p := start(b, "{}", nowhere)
		<-p.asked
		_ = p.Kill() // then it has ended
		<-p.ended    //nolint:errcheck // it was killed
	}
}
