package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// letters counts dead letters.
type letters struct {
	function.DeadLetters
	added atomic.Int32
}

func (l *letters) Add(context.Context, function.DeadLetter) error { l.added.Add(1); return nil }

// batchOf is a batch of tickets with these titles. An event's id is its place in the batch.
func batchOf(t *testing.T, titles ...string) []byte {
	t.Helper()
	var events []string
	for i, title := range titles {
		b, err := json.Marshal(functiontest.EventWithID(t, fmt.Sprint(i), event.TicketCreated, event.Ticket{ID: 1, UserID: 1, Title: title, Price: 100}))
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, string(b))
	}
	return fmt.Appendf(nil, `{"consumer":"consume","events":[%s]}`, strings.Join(events, ","))
}

// newerBatch is of an event whose type, and whose publisher's key, this version does not know.
func newerBatch(t *testing.T) []byte {
	t.Helper()
	b, err := json.Marshal(event.Draft{ID: "n", Type: "news.sent", Data: []byte(`{}`), Signature: "AAAA"}.At(1, time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Appendf(nil, `{"consumer":"consume","events":[%s]}`, b)
}

func asTitled(_ context.Context, ticket event.Ticket) error {
	switch ticket.Title {
	case "retry":
		return errors.New("not yet")
	case "away":
		return apierror.Unavailable(errors.New("no database"))
	case "reject":
		return function.Reject(errors.New("never"))
	case "panic":
		panic("oops")
	}
	return nil
}

// TestBatch: each event of a batch ends as it does alone, and the answer names those that must come again.
func TestBatch(t *testing.T) {
	t.Parallel()
	dead := &letters{}
	service := twice(asTitled, nil, nil)
	service.DeadLetters = dead
	a := open(t, service, config.Values{"BATCH_CONCURRENCY": "3"})
	for name, c := range map[string]struct {
		payload []byte
		again   string
	}{
		"nothing":            {batchOf(t), `[]`},
		"all":                {batchOf(t, "done", "done"), `[]`},
		"some":               {batchOf(t, "done", "retry", "reject", "panic", "done", "away"), `[{"itemIdentifier":"1"},{"itemIdentifier":"3"},{"itemIdentifier":"5","temporary":true}]`},
		"of a newer version": {newerBatch(t), `[{"itemIdentifier":"n","temporary":true}]`},
		"no event":           {[]byte(`{"consumer":"consume","events":[{},"hello"]}`), `[]`},
	} {
		answer, err := a.Invoke(t.Context(), c.payload)
		if want := `{"batchItemFailures":` + c.again + `}`; err != nil || string(answer) != want {
			t.Errorf("%s: answered %s, %v, want %s", name, answer, err, want)
		}
	}
	if n := dead.added.Load(); n != 1 {
		t.Errorf("%d dead letters, not the rejected event alone", n)
	}
}

// TestBatchConcurrency: as many events at once as the setting says, and not one more.
func TestBatchConcurrency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const limit = 3
		var running atomic.Int32
		gate := make(chan struct{})
		a := open(t, twice(func(context.Context, event.Ticket) error {
			running.Add(1)
			<-gate
			return nil
		}, nil, nil), config.Values{"BATCH_CONCURRENCY": fmt.Sprint(limit)})
		payload := batchOf(t, slices.Repeat([]string{"x"}, 4*limit)...)
		var ended sync.WaitGroup
		ended.Go(func() {
			if answer, err := a.Invoke(t.Context(), payload); err != nil {
				t.Errorf("answered %s, %v", answer, err)
			}
		})
		synctest.Wait()
		if n := running.Load(); n != limit {
			t.Errorf("%d at once", n)
		}
		close(gate)
		ended.Wait()
		if n := running.Load(); n != 4*limit {
			t.Errorf("%d were handled", n)
		}
	})
}

// TestPoisonHoldsUpNoOthers: while a consumer does not come to an end with one event of a batch, it settles the others.
func TestPoisonHoldsUpNoOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const others = 20
		var handled atomic.Int32
		hangs := make(chan struct{})
		a := open(t, twice(func(_ context.Context, ticket event.Ticket) error {
			if ticket.Title == "hangs" {
				<-hangs
				return nil
			}
			handled.Add(1)
			return nil
		}, nil, nil), config.Values{"BATCH_CONCURRENCY": "3"})
		payload := batchOf(t, append([]string{"hangs"}, slices.Repeat([]string{"x"}, others)...)...)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			if answer, err := a.Invoke(t.Context(), payload); err != nil {
				t.Errorf("answered %s, %v", answer, err)
			}
		}()
		synctest.Wait()
		if n := handled.Load(); n != others {
			t.Errorf("%d of %d were handled", n, others)
		}
		close(hangs)
		<-ended
	})
}

// TestBatchOutOfTime: what Lambda leaves no time for is not begun, and comes again for as long as it takes.
func TestBatchOutOfTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begun := 0
		a := open(t, twice(func(ctx context.Context, _ event.Ticket) error { begun++; <-ctx.Done(); return ctx.Err() }, nil, nil), config.Values{"BATCH_CONCURRENCY": "1"})
		ctx, cancel := context.WithTimeout(t.Context(), 2*margin)
		defer cancel()
		answer, err := a.Invoke(ctx, batchOf(t, "x", "x"))
		const want = `{"batchItemFailures":[{"itemIdentifier":"0","temporary":true},{"itemIdentifier":"1","temporary":true}]}`
		if err != nil || string(answer) != want || begun != 1 {
			t.Errorf("answered %s, %v after %d", answer, err, begun)
		}
	})
}
