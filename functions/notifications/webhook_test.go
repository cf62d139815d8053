package notifications_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/functions/notifications"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/timestamp"
)

const hooks = "/api/notifications/webhooks"

// hooked is the service with a clock of the test's.
type hooked struct {
	fixture
	values config.Values
	mu     sync.Mutex
	now    time.Time
}

func startHooks(t testing.TB, changes config.Values) *hooked {
	t.Helper()
	h := &hooked{now: time.Now(), values: config.Values{
		"DATABASE_URL": pgtest.Database(t), "JWT_SECRET": functiontest.Secret, "MAIL_LINK_KEY": functiontest.Secret, "WEBHOOK_KEY": functiontest.Secret, "WEBHOOKS_ANYWHERE": "true",
	}.With(changes)}
	db, err := postgres.Open(h.values["DATABASE_URL"])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	h.fixture = fixture{t: t, db: db}
	h.Run = h.again()
	return h
}

// again starts the service on the same database.
func (h *hooked) again() *functiontest.Run {
	h.t.Helper()
	s, err := notifications.New(h.values)
	if err != nil {
		h.t.Fatal(err)
	}
	*s.Clock = func() time.Time {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.now
	}
	s.Signatures = functiontest.Signatures()
	h.service = s
	return functiontest.Start(h.t, s)
}

// later moves the clock on.
func (h *hooked) later(by time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(by)
}

// hook makes a webhook of a user.
func (h *hooked) hook(user int32, url string, events ...string) notifications.WebhookSecret {
	h.t.Helper()
	body := functiontest.Text(map[string]any{"url": url, "events": events})
	return functiontest.Parse[notifications.WebhookSecret](h.t, h.Call(user, "POST", hooks, body), 201)
}

// order is a version of an order of a user.
func (h *hooked) order(id, user, version int32, status event.OrderStatus) event.Order {
	h.mu.Lock()
	defer h.mu.Unlock()
	at := timestamp.Of(h.now)
	return event.Order{
		ID: id, UserID: user, Status: status, Version: version, TicketID: 2, ExpiresAt: timestamp.Of(h.now.Add(15 * time.Minute)), CreatedAt: at, UpdatedAt: at,
		Ticket: event.OrderTicket{ID: 2, Title: "Cup final", Price: 4250, CreatedAt: at, UpdatedAt: at},
	}
}

// paid delivers the event that an order is.
func (h *hooked) paid(id, user int32) {
	h.t.Helper()
	functiontest.Deliver(h.t, h.Run, "note-order", event.OrderUpdated, h.order(id, user, 1, event.OrderIsComplete))
}

func (h *hooked) send() {
	h.t.Helper()
	h.Must(h.Tick("send-webhooks"))
}

// log returns the messages to a webhook, the newest first.
func (h *hooked) log(user, id int32) []notifications.WebhookDelivery {
	h.t.Helper()
	return functiontest.Parse[[]notifications.WebhookDelivery](h.t, h.Call(user, "GET", fmt.Sprintf("%s/%d/deliveries", hooks, id), ""), 200)
}

// found returns what a query finds.
func found[T any](h *hooked, sql string, args ...any) T {
	h.t.Helper()
	v, err := postgres.One(h.t.Context(), h.db, pgx.RowTo[T], sql, args...)
	h.Must(err)
	return v
}

// call is one that a program got.
type call struct {
	header http.Header
	body   []byte
}

// program is one of a user, which notes its calls, and answers them by answer.
type program struct {
	*httptest.Server
	calls chan call
}

func newProgram(t testing.TB, answer http.HandlerFunc) program {
	t.Helper()
	p := program{calls: make(chan call, 1000)}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		p.calls <- call{r.Header, body}
		answer(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

func answering(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
}

// failing is a program that answers 500, until the test wants another status.
func failing(t testing.TB) (program, *atomic.Int32) {
	t.Helper()
	var status atomic.Int32
	status.Store(500)
	return newProgram(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(int(status.Load())) }), &status
}

// got returns the calls since the last time.
func (p program) got() (all []call) {
	for {
		select {
		case c := <-p.calls:
			all = append(all, c)
		default:
			return all
		}
	}
}

// TestWebhookIsMadeOnce: a form that is sent twice makes one webhook, or one other secret, and shows the secret both times.
func TestWebhookIsMadeOnce(t *testing.T) {
	t.Parallel()
	h := startHooks(t, nil)
	made := functiontest.Parse[notifications.WebhookSecret](t, h.CallAgain(5, hooks, `{"url":"http://a.example","events":["ticket.sold"]}`, `{"url":"http://b.example","events":["ticket.sold"]}`), 201)
	rotated := functiontest.Parse[notifications.WebhookSecret](t, h.CallAgain(5, fmt.Sprintf("%s/%d/rotate", hooks, made.Webhook.ID), "", ""), 200)
	if rotated.Secret == made.Secret {
		t.Error("the same secret")
	}
}
