package operator_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/operator"
	"github.com/gittix/ticketing/functions/expiration"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/embedded/redistest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/timestamp"
)

// shop is a service with two consumers and dead letters in one of the stores.
type shop struct {
	t       *testing.T
	service function.Service
	handled []string         // consumer:ticket.version
	fails   map[string]error // those that fail
}

// onEveryStore runs a test with dead letters in PostgreSQL and in Redis.
func onEveryStore(t *testing.T, test func(*shop)) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T) function.DeadLetters{
		"postgres": func(t *testing.T) function.DeadLetters {
			db, err := postgres.Open(pgtest.Database(t), postgres.Events())
			if err == nil {
				err = db.Migrate(t.Context())
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(db.Close)
			return db.DeadLetters()
		},
		"redis": func(t *testing.T) function.DeadLetters {
			s, err := expiration.New(config.Values{"REDIS_URL": redistest.Server(t).URL()})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(s.Stop)
			return s.DeadLetters
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &shop{t: t, fails: map[string]error{}}
			s.service = function.Service{Name: "shop", DeadLetters: open(t), Start: func(context.Context) error { return nil },
				Consumers: []function.Consumer{s.consumer("copy-ticket"), s.consumer("count-ticket"), function.On("note-order", func(context.Context, event.Order) error { return nil }, event.OrderUpdated)}}
			s.service.Sign(functiontest.Signatures())
			test(s)
		})
	}
}

func (s *shop) consumer(name string) function.Consumer {
	return function.On(name, func(_ context.Context, ticket event.Ticket) error {
		what := fmt.Sprintf("%s:%d.%d", name, ticket.ID, ticket.Version)
		if s.handled = append(s.handled, what); s.fails[what] != nil {
			if s.fails[what].Error() == "panic" {
				panic("oops")
			}
			return s.fails[what]
		}
		return nil
	}, event.TicketUpdated)
}

// keep stores a dead letter of a ticket's version, which is also the event's sequence. Its time is that of the minute.
func (s *shop) keep(consumer string, id, version, minute int, reason string) {
	s.t.Helper()
	d, err := event.Of(s.t.Context(), event.TicketUpdated, event.Ticket{ID: int32(id), UserID: 1, Title: "S3cret", Price: 100, Version: int32(version)})
	if consumer == "note-order" {
		d, err = event.Of(s.t.Context(), event.OrderUpdated, event.Order{ID: int32(id), UserID: 1, TicketID: 1, Status: event.OrderIsCreated, ExpiresAt: timestamp.Of(time.Now())})
	}
	if err == nil {
		err = functiontest.Signatures().Sign(&d)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	data, err := json.Marshal(d.At(int64(version), time.Date(2026, 1, 2, 12, minute, 0, 0, time.UTC)))
	if err == nil {
		err = s.service.DeadLetters.Add(s.t.Context(), function.DeadLetter{Function: consumer, Event: data, Reason: reason})
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// run gives a command and returns what it writes, its log and its error.
func (s *shop) run(args ...string) (out, logged string, err error) {
	s.t.Helper()
	c, err := operator.Parse(append([]string{"deadletters"}, args...))
	if err != nil {
		s.t.Fatal(err)
	}
	var o, l strings.Builder
	err = c.Run(s.t.Context(), []function.Service{s.service}, &o, &l)
	return o.String(), l.String(), err
}

// writes checks all that a command writes, and a part of its error ("" if there is none).
func (s *shop) writes(want, failure string, args ...string) {
	s.t.Helper()
	out, _, err := s.run(args...)
	if out != want || (err == nil) != (failure == "") || err != nil && !strings.Contains(err.Error(), failure) {
		s.t.Errorf("%q: %v, want %q; writes\n%swant\n%s", args, err, failure, out, want)
	}
}

func (s *shop) hasHandled(want string) {
	s.t.Helper()
	if got := strings.Join(s.handled, " "); got != want {
		s.t.Errorf("handled %s, want %s", got, want)
	}
	s.handled = nil
}

// TestReplayOrder: letters come in the order of their events, whenever they were kept, and one that fails keeps back those behind it that
// are about the same and for the same consumer, and no others.
func TestReplayOrder(t *testing.T) {
	onEveryStore(t, func(s *shop) {
		s.keep("copy-ticket", 1, 12, 5, "x") // 1
		s.keep("copy-ticket", 2, 3, 1, "x")  // 2
		s.keep("copy-ticket", 1, 9, 6, "x")  // 3: the clock was set back after it
		s.keep("copy-ticket", 1, 11, 5, "x") // 4
		s.keep("count-ticket", 1, 12, 5, "x")
		s.keep("note-order", 1, 1, 4, "x") // another publisher's
		s.fails["copy-ticket:1.11"] = errors.New("still a bug")
		s.writes("shop 2  copy-ticket  replayed\n"+
			"shop 6  note-order  replayed\n"+
			"shop 3  copy-ticket  replayed\n"+
			"shop 4  copy-ticket  failed again: still a bug\n"+
			"shop 1  copy-ticket  kept, since 4 failed, which is about ticket/1, too\n"+
			"shop 5  count-ticket  replayed\n", "2 dead letters are kept: 1 failed again", "replay")
		s.hasHandled("copy-ticket:2.3 copy-ticket:1.9 copy-ticket:1.11 count-ticket:1.12")
		delete(s.fails, "copy-ticket:1.11")
		s.writes("shop 4  copy-ticket  replayed\nshop 1  copy-ticket  replayed\n", "", "replay")
		s.writes("", "", "list")
	})
}

// TestReplayStops: after so many failures a replay ends and says so; a consumer that panics is one.
func TestReplayStops(t *testing.T) {
	onEveryStore(t, func(s *shop) {
		for id := range 4 {
			s.keep("copy-ticket", id+1, 1, id, "x")
			s.fails[fmt.Sprintf("copy-ticket:%d.1", id+1)] = errors.New("no")
		}
		s.fails["copy-ticket:1.1"] = errors.New("panic")
		s.writes("shop 1  copy-ticket  failed again: panic: oops\nshop 2  copy-ticket  failed again: no\n",
			"4 dead letters are kept: 2 failed again, and after 2 failures the rest was not tried", "replay", "--failures", "2")
		s.hasHandled("copy-ticket:1.1 copy-ticket:2.1")
		for id := range 7 {
			s.keep("copy-ticket", id+5, 1, id+4, "x")
			s.fails[fmt.Sprintf("copy-ticket:%d.1", id+5)] = errors.New("no")
		}
		if out, _, err := s.run("replay"); err == nil || strings.Count(out, "failed again") != 10 {
			t.Errorf("without a number, %v:\n%s", err, out)
		}
	})
}

// TestChosen: letters are grouped by consumer and reason, whatever the numbers in it, and replayed or discarded by consumer, reason and id. A dry run
// changes nothing, and what is discarded is in the log, without what was in it.
func TestChosen(t *testing.T) {
	onEveryStore(t, func(s *shop) {
		s.keep("copy-ticket", 1, 1, 1, "no room for order 4711")
		s.keep("copy-ticket", 2, 1, 2, "no room for order 4712")
		s.keep("count-ticket", 3, 1, 3, "no room for order 4711")
		s.keep("copy-ticket", 4, 1, 4, "another bug")
		s.keep("copy-ticket", 5, 1, 5, "another bug")
		out, _, err := s.run("groups")
		for _, want := range []string{"shop  2  copy-ticket  ", " ago\n    no room for order #\n", "shop  2  copy-ticket  ", "    another bug\n", "shop  1  count-ticket  "} {
			if err != nil || !strings.Contains(out, want) || strings.Count(out, "\n") != 6 {
				t.Errorf("groups lack %q: %v\n%s", want, err, out)
			}
		}
		const twice = "shop 1  copy-ticket  would be %s\nshop 2  copy-ticket  would be %[1]s\n"
		room := []string{"--consumer", "copy-ticket", "--reason", "no room for order #"}
		s.writes(fmt.Sprintf(twice, "replayed"), "", append([]string{"replay", "--dry-run"}, room...)...)
		s.writes(fmt.Sprintf(twice, "discarded"), "", append([]string{"discard", "--dry-run"}, room...)...)
		s.hasHandled("")
		s.writes("shop 1  copy-ticket  replayed\n", "", append(append([]string{"replay"}, room...), "1")...)
		s.writes("", "there is no dead letter [4] of that consumer and reason", append(append([]string{"replay"}, room...), "4")...)
		s.writes("shop 2  copy-ticket  discarded\n", "", "discard", "--reason", "order 4712")
		out, logged, err := s.run("discard", "--consumer", "count-ticket")
		if want := `"command":"deadletters discard","letter":3,"consumer":"count-ticket","type":"tickets.updated","source":"/tickets","subject":"ticket/3","sequence":"1"`; err != nil ||
			out != "shop 3  count-ticket  discarded\n" || !strings.Contains(logged, want) || strings.Contains(logged, "S3cret") {
			t.Errorf("discard: %v, writes %s, logs %s, want %s", err, out, logged, want)
		}
		s.writes("shop 4  copy-ticket  discarded\n", "there is no dead letter [99]", "discard", "4", "99")
		s.hasHandled("copy-ticket:1.1")
		if out, _, err := s.run("list", "--consumer", "copy-ticket"); err != nil || strings.Count(out, "shop ") != 1 || !strings.Contains(out, "shop 5  ") || !strings.Contains(out, " ago  copy-ticket\n    another bug\n    {") {
			t.Errorf("list: %v\n%s", err, out)
		}
	})
}
