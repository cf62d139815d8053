package notifications

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/timestamp"
)

// started is the service with a channel that fails as the test wants.
func started(t *testing.T, send func(context.Context, delivery) error) (*Notifications, *functiontest.Run) {
	t.Helper()
	values := config.Values{"DATABASE_URL": pgtest.Database(t), "JWT_SECRET": functiontest.Secret, "MAIL_LINK_KEY": functiontest.Secret, "WEBHOOK_KEY": functiontest.Secret}
	settings, err := config.Fill[Settings](values)
	if err != nil {
		t.Fatal(err)
	}
	n, err := open(settings)
	if err != nil {
		t.Fatal(err)
	}
	c := n.channels[mailChannel]
	c.send = send
	n.channels[mailChannel] = c
	run := functiontest.Start(t, n.service(settings.Session.Keys()))
	at := timestamp.Of(time.Now())
	functiontest.Deliver(t, run, "note-order", event.OrderUpdated, event.Order{ID: 1, UserID: 5, TicketID: 3, Version: 1, Status: event.OrderIsComplete, CreatedAt: at, UpdatedAt: at, ExpiresAt: at})
	return n, run
}

// TestPanicWhileSending: it is a failure of that message: the process lives, the message is tried again, and in the end given up.
func TestPanicWhileSending(t *testing.T) {
	t.Parallel()
	n, run := started(t, func(context.Context, delivery) error { panic("nil map") })
	run.Must(run.Tick("send-mails"))
	run.Counted(map[string]float64{"panics_total function=send-mails": 1, "deliveries_total channel=mail outcome=retried": 1})
	later := time.Now().Add(4 * 24 * time.Hour)
	n.now = func() time.Time { return later }
	run.Must(run.Tick("send-mails"))
	run.Counted(map[string]float64{"deliveries_total channel=mail outcome=given_up": 1})
}

// TestProcessEndsWhileSending: a message whose attempts end their process is given up without another, once its time is over.
func TestProcessEndsWhileSending(t *testing.T) {
	t.Parallel()
	tries := 0
	n, run := started(t, func(context.Context, delivery) error { tries++; return nil })
	_, err := n.claim(t.Context(), n.channels[mailChannel]) // and the process ends
	run.Must(err)
	later := time.Now().Add(4 * 24 * time.Hour)
	n.now = func() time.Time { return later }
	run.Must(run.Tick("send-mails"))
	if tries > 0 {
		t.Errorf("%d attempts", tries)
	}
	run.Counted(map[string]float64{"deliveries_total channel=mail outcome=given_up": 1})
}

// TestClaimEnds: what a worker has claimed that hangs, or has died, is another's once its claim ends, and not before. What the first says of it
// after that does not end the other's claim.
func TestClaimEnds(t *testing.T) {
	t.Parallel()
	n, run := started(t, nil)
	c, now := n.channels[mailChannel], timestamp.Of(time.Now()).Time
	n.now = func() time.Time { return now }
	claim := func() delivery {
		t.Helper()
		d, err := n.claim(t.Context(), c)
		run.Must(err)
		return d
	}
	nobody := func(when string) {
		t.Helper()
		if d, err := n.claim(t.Context(), c); !isNone(err) {
			t.Errorf("%s another claims it: %+v, %v", when, d, err)
		}
	}
	first := claim()
	ends := now.Add(c.lease())
	if due := run.Due("send-mails"); !due.Equal(ends) {
		t.Errorf("due at %v, want %v, when the claim ends", due, ends)
	}
	now = ends.Add(-time.Millisecond)
	nobody("before the claim ends")
	now = ends
	second := claim()
	if second.ID != first.ID || second.Attempts != 2 || !second.Lost {
		t.Errorf("%+v", second)
	}
	run.Must(n.note(t.Context(), c, first, errors.New("no answer")))
	now = ends.Add(pauses[0] * 2) // when the first would have it tried again; the second's claim has not ended
	nobody("after the first has failed")
	run.Must(n.note(t.Context(), c, second, nil))
	run.Counted(map[string]float64{"deliveries_total channel=mail outcome=sent": 1})
}
