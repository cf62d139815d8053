package tickets_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/gittix/ticketing/functions/tickets"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const seller, stranger = 7, 8

// start runs the service on a database of its own.
func start(t *testing.T) *functiontest.Run {
	t.Helper()
	return startAt(t, pgtest.Database(t))
}

func startAt(t *testing.T, url string) *functiontest.Run {
	t.Helper()
	s, err := tickets.New(config.Values{"DATABASE_URL": url, "JWT_SECRET": functiontest.Secret})
	if err != nil {
		t.Fatal(err)
	}
	return functiontest.Start(t, s)
}

// reply is the answer to a change.
type reply struct {
	Message string
	Ticket  event.Ticket
	Seq     int64
}

func offer(title, price string) string {
	b, err := json.Marshal(title)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf(`{"title":%s,"price":%s}`, b, price)
}

func create(t *testing.T, run *functiontest.Run, title string) event.Ticket {
	t.Helper()
	return functiontest.Parse[reply](t, run.Call(seller, "POST", "/api/tickets", offer(title, "10")), 201).Ticket
}

func get(t *testing.T, run *functiontest.Run, id int32) event.Ticket {
	t.Helper()
	return functiontest.Parse[event.Ticket](t, run.Call(0, "GET", path(id), ""), 200)
}

func path(id int32) string { return fmt.Sprintf("/api/tickets/%d", id) }

// same reports whether two states of a ticket are one.
func same(a, b event.Ticket) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// announced checks that exactly this was announced since the last time.
func announced(t *testing.T, run *functiontest.Run, kind event.Type[event.Ticket], r reply) {
	t.Helper()
	events := run.Announced()
	if len(events) != 1 {
		t.Fatalf("%d events", len(events))
	}
	e := events[0]
	if e.Extensions()["sequence"] != strconv.FormatInt(r.Seq, 10) || !same(functiontest.Data(t, kind, e), r.Ticket) || e.Source() != "/tickets" {
		t.Errorf("announced %s\nanswered %+v", e, r)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	good := config.Values{"DATABASE_URL": "postgres://u:s3cret@localhost/db", "JWT_SECRET": functiontest.Secret}
	s, err := tickets.New(good) // nothing is there, and nothing is asked
	if err != nil {
		t.Fatal(err)
	}
	s.Stop()
	for name, change := range map[string]config.Values{
		"DATABASE_URL": {"DATABASE_URL": ""}, "JWT_SECRET": {"JWT_SECRET": ""},
		"DATABASE_URL is": {"DATABASE_URL": "postgres://u:s3cret@:x/"}, "JWT_SECRET is": {"JWT_SECRET": "s3cret"},
	} {
		if _, err := function.Open(tickets.New, good.With(change)); err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%v: %v", change, err)
		}
	}
}
