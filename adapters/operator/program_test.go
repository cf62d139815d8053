package operator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/functions/orders"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/timestamp"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const secret = "0123456789abcdef0123456789abcdef"

// program is the real program of orders, with the environment of one of its pods.
type program struct {
	path        string
	environment []string
}

// keys are the settings with which services sign and verify events.
func keys() (environment []string) {
	environment = append(environment, "PASS_KEY="+secret, "ATTACHMENT_KEY="+secret, "MAIL_LINK_KEY="+secret, "WEBHOOK_KEY="+secret)
	for name, value := range functiontest.EventKeys() {
		environment = append(environment, name+"="+value)
	}
	return environment
}

// run carries out a command, and returns what it writes and its exit status.
func (p program) run(t *testing.T, command string) (out, errs string, status int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.path, strings.Fields(command)...)
	cmd.Env = p.environment
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// says checks the exit status of a command, and that it writes all that.
func (p program) says(t *testing.T, command string, status int, wants ...string) string {
	t.Helper()
	out, errs, got := p.run(t, command)
	if got != status {
		t.Errorf("%s ended with %d, want %d", command, got, status)
	}
	for _, want := range wants {
		if !strings.Contains(out+errs, want) {
			t.Errorf("%s does not say %q:\n%s%s", command, want, out, errs)
		}
	}
	return out
}

// TestProgram: the program of a service, given a command, acts on that service with no bus in reach, and ends.
func TestProgram(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "orders")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, "../cmd/orders").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for platform, more := range map[string][]string{"Kubernetes": nil, "Knative": {"K_SERVICE=orders", "PORT=0"}} {
		t.Run(platform, func(t *testing.T) {
			t.Parallel()
			url := pgtest.Database(t)
			p := program{path, append(append(more, keys()...), "PATH="+os.Getenv("PATH"), "JWT_SECRET="+secret, "DATABASE_URL="+url)}
			p.says(t, "migrate", 0, "orders     is up to date", `"event":"authz_admin","service":"orders","command":"migrate"`)
			deadLetters(t, p, url)
			outboxReplay(t, p, url)
			p.says(t, "sessions end ada@example.com", 1, "sessions end does not apply to orders: it keeps no sessions")
		})
	}
	t.Run("refuses", func(t *testing.T) {
		t.Parallel()
		refuses(t, program{path, []string{"PATH=" + os.Getenv("PATH")}})
	})
}

func deadLetters(t *testing.T, p program, url string) {
	if out := p.says(t, "deadletters list", 0); out != "" {
		t.Errorf("nothing went wrong, and there are dead letters:\n%s", out)
	}
	signed := draft(t)
	if err := functiontest.Signatures().Sign(&signed); err != nil {
		t.Fatal(err)
	}
	good, err := json.Marshal(signed.At(1, time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	unsigned, err := json.Marshal(draft(t).At(1, time.Now())) // as an older version kept it
	if err != nil {
		t.Fatal(err)
	}
	service, err := orders.New(config.Values{"DATABASE_URL": url, "JWT_SECRET": secret})
	if err != nil {
		t.Fatal(err)
	}
	defer service.Stop()
	for _, l := range []function.DeadLetter{{Event: []byte("noise"), Reason: "no JSON"}, {Event: good, Reason: "a bug, fixed since"}, {Event: good, Reason: "the same bug"}, {Event: unsigned, Reason: "an old bug"}} {
		l.Function = "copy-ticket"
		if err := service.DeadLetters.Add(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	p.says(t, "deadletters list", 0, "orders 1  ", "no JSON\n    noise\n", "orders 2  ", "copy-ticket\n    a bug, fixed since\n", `"title":"Opera"`, "orders 3  ")
	p.says(t, "deadletters replay 2 99", 1, "orders 2  copy-ticket  replayed\n", "no dead letter [99]")
	p.says(t, "deadletters replay", 1, "orders 1  copy-ticket  failed again: ", "orders 3  copy-ticket  replayed\n", "orders 4  copy-ticket  failed again: event: no valid signature", "2 dead letters are kept: 2 failed again")
	p.says(t, "deadletters replay --unsigned 4", 0, "orders 4  copy-ticket  replayed\n")
	if out := p.says(t, "deadletters list", 0, "orders 1  "); strings.Contains(out, "bug") {
		t.Errorf("replayed, and still there:\n%s", out)
	}
	db, err := postgres.Open(url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if tag, err := db.Exec(t.Context(), "SELECT FROM tickets WHERE title = 'Opera'"); err != nil || tag.RowsAffected() != 1 {
		t.Errorf("the replayed event changed nothing: %v, %v", tag, err)
	}
}

func outboxReplay(t *testing.T, p program, url string) {
	db, err := postgres.Open(url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Change(t.Context(), func(postgres.Tx) (event.Draft, error) { return draft(t), nil }); err != nil {
		t.Fatal(err)
	}
	relayed := func() int {
		n, err := db.Outbox().Relay(t.Context(), 10, func(_ context.Context, events []event.Event) []error { return make([]error, len(events)) })
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := relayed(); n != 1 {
		t.Fatalf("%d events were stored", n)
	}
	p.says(t, "outbox replay --since 2h --until 1h", 0, "orders     0 events")
	if n := relayed(); n != 0 {
		t.Errorf("%d events are sent again, and the one is younger", n)
	}
	p.says(t, "outbox replay --since 1h", 0, "orders     1 events will be sent again")
	if n := relayed(); n != 1 {
		t.Errorf("%d events are sent again, not the one", n)
	}
}

func draft(t *testing.T) event.Draft {
	t.Helper()
	at := timestamp.Of(time.Now())
	d, err := event.Of(t.Context(), event.TicketCreated, event.Ticket{ID: 1, Title: "Opera", Price: 1000, UserID: 7, CreatedAt: at, UpdatedAt: at})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func refuses(t *testing.T, p program) {
	for _, command := range []string{"--help", "deadletters replay x"} {
		if out := p.says(t, command, 1, "usage: orders", "deadletters replay [ID ...]"); out != "" {
			t.Errorf("%s writes to the standard output: %s", command, out)
		}
	}
	for _, command := range []string{"", "deadletters list"} { // "" serves
		if _, errs, status := p.run(t, command); status != 1 || !strings.HasPrefix(errs, "config: DATABASE_URL is required; ") || strings.Count(errs, "\n") != 1 {
			t.Errorf("%q without settings: %d %q", command, status, errs)
		}
	}
	p.environment = append(append(p.environment, keys()...), "JWT_SECRET="+secret, "DATABASE_URL=postgres://127.0.0.1:1/x")
	p.says(t, "deadletters list", 1, "orders: ", "unavailable")
}
