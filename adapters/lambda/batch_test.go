package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

// letters are dead letters in memory.
type letters struct {
	function.DeadLetters
	mu  sync.Mutex
	all []function.DeadLetter
}

func (l *letters) Add(_ context.Context, letter function.DeadLetter) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, letter)
	return nil
}

// created is an event of that id, about a ticket of that title.
func created(t *testing.T, id, title string) string {
	t.Helper()
	draft, err := event.Of(t.Context(), event.TicketCreated, event.Ticket{ID: 1, UserID: 1, Title: title, Price: 100})
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(draft.At(id, 1, time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func asTold(_ context.Context, ticket event.Ticket) error {
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

// TestBatch: each event of a batch ends as it does alone, and the answer is what SQS's consumers give.
func TestBatch(t *testing.T) {
	t.Parallel()
	dead := &letters{}
	service := idle(asTold, nil, nil)
	service.DeadLetters = dead
	a := open(t, service, config.Values{"FUNCTIONS": "hear", "BATCH_CONCURRENCY": "3"})
	for name, c := range map[string]struct {
		events []string
		want   string
	}{
		"nothing": {nil, `[]`},
		"all":     {[]string{created(t, "1", "done"), created(t, "2", "done")}, `[]`},
		"some": {[]string{created(t, "1", "done"), created(t, "2", "retry"), created(t, "3", "reject"), created(t, "4", "panic"), created(t, "5", "done"), created(t, "6", "away")},
			`[{"itemIdentifier":"2"},{"itemIdentifier":"4"},{"itemIdentifier":"6","temporary":true}]`},
		"no event": {[]string{`{}`, `"hello"`}, `[]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer, err := a.Invoke(t.Context(), fmt.Appendf(nil, `{"events":[%s]}`, strings.Join(c.events, ",")))
			if want := `{"batchItemFailures":` + c.want + `}`; err != nil || string(answer) != want {
				t.Errorf("answered %s, %v, want %s", answer, err, want)
			}
		})
	}
	t.Cleanup(func() {
		if len(dead.all) != 3 {
			t.Errorf("dead letters %v", dead.all)
		}
	})
}

// TestBatchConcurrency: as many events at once as the setting says, and not one more.
func TestBatchConcurrency(t *testing.T) {
	t.Parallel()
	const limit, count = 3, 12
	var running atomic.Int32
	begun, gate := make(chan struct{}, count), make(chan struct{})
	service := idle(func(context.Context, event.Ticket) error {
		if running.Add(1) > limit {
			t.Error("too many at once")
		}
		begun <- struct{}{}
		<-gate
		running.Add(-1)
		return nil
	}, nil, nil)
	a := open(t, service, config.Values{"BATCH_CONCURRENCY": fmt.Sprint(limit)})
	events := make([]string, count)
	for i := range events {
		events[i] = created(t, fmt.Sprint(i), "x")
	}
	ended := make(chan error, 1)
	go func() {
		_, err := a.Invoke(context.WithoutCancel(t.Context()), fmt.Appendf(nil, `{"consumer":"hear","events":[%s]}`, strings.Join(events, ",")))
		ended <- err
	}()
	for range limit {
		within(t, begun) // none of them has ended
	}
	close(gate)
	if err := within(t, ended); err != nil {
		t.Error(err)
	}
}

// TestBatchOutOfTime: what Lambda leaves no time for comes again, and is nobody's fault.
func TestBatchOutOfTime(t *testing.T) {
	t.Parallel()
	service := idle(func(ctx context.Context, _ event.Ticket) error { <-ctx.Done(); return ctx.Err() }, nil, nil)
	a := open(t, service, config.Values{"BATCH_CONCURRENCY": "1"})
	ctx, cancel := context.WithTimeout(t.Context(), margin+50*time.Millisecond)
	defer cancel()
	answer, err := a.Invoke(ctx, fmt.Appendf(nil, `{"consumer":"hear","events":[%s,%s]}`, created(t, "1", "x"), created(t, "2", "x")))
	const want = `{"batchItemFailures":[{"itemIdentifier":"1","temporary":true},{"itemIdentifier":"2","temporary":true}]}`
	if err != nil || string(answer) != want {
		t.Errorf("answered %s, %v", answer, err)
	}
}

func TestWhichConsumer(t *testing.T) {
	t.Parallel()
	both := open(t, idle(asTold, nil, nil), config.Values{})
	one := open(t, idle(asTold, nil, nil), config.Values{"FUNCTIONS": "hear,tick"})
	for _, c := range []struct {
		a     *Adapter
		event string
		err   string
	}{
		{one, `{"events":[]}`, ""},
		{one, `{"consumer":"hear","events":[]}`, ""},
		{one, `{"consumer":"hear-too","events":[]}`, `"hear-too"`},
		{both, `{"consumer":"hear-too","events":[]}`, ""},
		{both, `{"events":[]}`, "does not say which"},
		{both, `{"consumer":"tick","events":[]}`, `"tick"`},
	} {
		_, err := c.a.Invoke(t.Context(), []byte(c.event))
		if (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %v, want %q", c.event, err, c.err)
		}
	}
}

// within returns what a channel gives.
func within[T any](t *testing.T, ch <-chan T) (v T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	select {
	case v = <-ch:
	case <-ctx.Done():
		t.Fatal("nothing happened")
	}
	return v
}
