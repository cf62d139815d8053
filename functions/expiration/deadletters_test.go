package expiration

import (
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/embedded/redistest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

func TestDeadLettersInPages(t *testing.T) {
	t.Parallel()
	d := deadLetters{connect(t, redistest.Server(t).URL()), (&clock{now: noon}).Now}
	for _, reason := range []string{"a", "b", "b", "c"} {
		if err := d.Add(t.Context(), function.DeadLetter{Function: "f", Event: []byte("\xff{"), Reason: reason}); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Remove(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after int64
		limit int
		want  string
	}{{0, 10, "abc"}, {0, 2, "ab"}, {2, 10, "c"}, {4, 10, ""}} {
		letters, err := d.List(t.Context(), c.after, c.limit)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, l := range letters {
			got += l.Reason
			if l.ID <= c.after || l.Function != "f" || string(l.Event) != "\xff{" || !l.At.Equal(noon) {
				t.Errorf("letter %+v", l)
			}
		}
		if got != c.want {
			t.Errorf("%d after %d: got %q, want %q", c.limit, c.after, got, c.want)
		}
	}
}

func TestRejectedEventIsKeptAndReplayed(t *testing.T) {
	t.Parallel()
	s, runner := newService(t, redistest.Server(t).URL())
	consumer := s.Consumers[0]
	bad := message(t, event.OrderCreated, orderOf(0, event.OrderIsCreated, noon))
	if err := runner.Consume(t.Context(), s, consumer, bad); !function.IsReject(err) {
		t.Fatalf("an order without id: %v", err)
	}
	good := message(t, event.OrderCreated, orderOf(5, event.OrderIsCreated, time.Now().Add(-time.Minute)))
	if err := runner.DeadLetter(t.Context(), s, consumer, good, errRefused); err != nil {
		t.Fatal(err)
	}
	letters, err := s.DeadLetters.List(t.Context(), 0, 10)
	if err != nil || len(letters) != 2 || string(letters[0].Event) != string(bad) || letters[1].Reason != errRefused.Error() {
		t.Fatalf("%+v, %v", letters, err)
	}
	if err := s.Replay(t.Context(), letters[0]); err == nil {
		t.Error("the same event cannot succeed")
	}
	if err := s.Replay(t.Context(), letters[1]); err != nil {
		t.Error(err)
	}
	if letters, err = s.DeadLetters.List(t.Context(), 0, 10); err != nil || len(letters) != 1 || letters[0].ID != 1 {
		t.Errorf("after the replays: %+v, %v", letters, err)
	}
	b := &broker{}
	if _, err := s.Outbox.Relay(t.Context(), 10, b.send); err != nil || len(b.orders()) != 1 {
		t.Errorf("the replayed order was not announced: %v", err)
	}
}
