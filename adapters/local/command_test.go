package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/chaos/shopper"
	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/bus/busurl"
	"github.com/gittix/ticketing/shared/config"
)

// ran is a system that was started by its command, and is stopped at the end of the test.
type ran struct {
	values config.Values
	running
}

func run(t *testing.T) ran {
	t.Helper()
	values := config.Values{"PORT": "0", "DATA_DIR": t.TempDir(), "DATABASE_URL": database(t), "JWT_SECRET": jwtSecret, "LOG_LEVEL": "ERROR+1"}
	ctx, cancel := context.WithCancel(t.Context())
	var out output
	ended := make(chan error, 1)
	go func() { ended <- Command(ctx, []string{"run"}, values, &out) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
		if _, ok := attach(context.Background(), values["DATA_DIR"]); ok {
			t.Error("it seems to run still")
		}
	})
	r := ran{values: values}
	if err := shopper.Await(ctx, patience, func(ctx context.Context) error {
		select {
		case err := <-ended:
			ended <- err
			return fmt.Errorf("ended: %w", err)
		default:
		}
		var ok bool
		if r.running, ok = attach(ctx, values["DATA_DIR"]); !ok || !strings.Contains(out.String(), "running on") {
			return errors.New("not running yet")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return r
}

// output is a buffer that one goroutine fills and another reads.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// command carries out one of the operator's commands.
func (r ran) command(ctx context.Context, args ...string) (string, error) {
	var out bytes.Buffer
	err := Command(ctx, args, maps.Clone(r.values), &out)
	return out.String(), err
}

// says checks that a command succeeds and says all that.
func (r ran) says(t *testing.T, command string, wants ...string) string {
	t.Helper()
	out, err := r.command(t.Context(), strings.Fields(command)...)
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	for _, want := range wants {
		if !strings.Contains(out, want) {
			t.Errorf("%s does not say %q:\n%s", command, want, out)
		}
	}
	return out
}

func TestCommands(t *testing.T) {
	t.Parallel()
	r := run(t)
	r.says(t, "migrate", "auth       is up to date", "payments   is up to date", "expiration is up to date")
	r.says(t, "demo --users 2 --tickets 3", "sold", "charge ch_")
	r.says(t, "outbox replay --since 1h", "tickets    ", "orders     ", "payments   ", "events will be sent again")
	r.says(t, "outbox replay --since 2099-01-01T00:00:00Z --service tickets", "tickets    0 events")
	if out := r.says(t, "deadletters list"); out != "" {
		t.Errorf("nothing went wrong, and there are dead letters:\n%s", out)
	}
}

// TestDeadLetters: an order that is announced before its ticket exists is put aside, is refused again
// while nothing has changed, and finds its place once there is such a ticket.
func TestDeadLetters(t *testing.T) {
	t.Parallel()
	r := run(t)
	r.announceOrder(t, 4711, 1)
	if err := shopper.Await(t.Context(), patience, func(ctx context.Context) error {
		out, err := r.command(ctx, "deadletters", "list")
		if err == nil && !strings.Contains(out, "tickets 1  ") {
			err = fmt.Errorf("no dead letter yet: %q", out)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	r.says(t, "deadletters list --service tickets", "hold-ticket", "holds ticket 1, which does not exist", `"id":4711`)
	if out, err := r.command(t.Context(), "deadletters", "replay"); err == nil || !strings.Contains(out, "failed again") {
		t.Errorf("replayed for nothing: %v\n%s", err, out)
	}
	seller, err := shopper.New(r.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := seller.SignUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if ticket, err := seller.Offer(t.Context(), "At last", "10"); err != nil || ticket.ID != 1 {
		t.Fatalf("ticket %+v, %v", ticket, err)
	}
	r.says(t, "deadletters replay --service tickets 1", "tickets 1  hold-ticket  replayed")
	if ticket, err := seller.Ticket(t.Context(), 1); err != nil || ticket.OrderID == nil || *ticket.OrderID != 4711 {
		t.Errorf("after the replay the ticket is %+v, %v", ticket, err)
	}
	if out := r.says(t, "deadletters list --service tickets"); out != "" {
		t.Errorf("replayed, and still there:\n%s", out)
	}
}

// announceOrder puts an event on the bus that orders never sent.
func (r ran) announceOrder(t *testing.T, order, ticket int32) {
	t.Helper()
	b, err := busurl.Open(r.Settings["BUS_URL"], "poisoner", bus.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}()
	expires := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	data := fmt.Sprintf(`{"specversion":"1.0","id":"x","source":"/orders","type":"orders.created","subject":"order/%d","datacontenttype":"application/json",
		"data":{"id":%d,"userId":1,"status":"created","expiresAt":%q,"version":0,"ticketId":%d,"ticket":{"id":%d,"title":"x","price":10}}}`,
		order, order, expires, ticket, ticket)
	if err := shopper.Await(t.Context(), patience, func(ctx context.Context) error {
		return b.Publish(ctx, "orders.created", []byte(data))
	}); err != nil {
		t.Fatal(err)
	}
}

func TestCommandsRefuse(t *testing.T) {
	t.Parallel()
	nowhere := ran{values: config.Values{"DATA_DIR": t.TempDir(), "DATABASE_URL": "postgres://127.0.0.1:1/x", "BUS_URL": "jetstream://127.0.0.1:1", "REDIS_URL": "redis://127.0.0.1:1"}}
	for command, want := range map[string]string{
		"sing":                                "usage",
		"deadletters":                         "usage",
		"outbox":                              "usage",
		"migrate --shout":                     "usage",
		"run --shout":                         "usage",
		"deadletters replay x":                `"x" is not the id`,
		"deadletters replay 1":                "needs its --service",
		"outbox replay":                       "--since",
		"outbox replay --since yesterday":     "--since",
		"outbox replay --since -1h":           "--since",
		"demo":                                "nothing runs",
		"demo --users x":                      "usage",
		"migrate --service sales":             `no service "sales"`,
		"deadletters list --service payments": "cannot be reached",
	} {
		if out, err := nowhere.command(t.Context(), strings.Fields(command)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, %v; want %q", command, out, err, want)
		}
	}
}
