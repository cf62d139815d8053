package notifications

import (
	"context"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/timestamp"
)

// started is the service with a channel that fails as the test wants, and a mail that waits.
func started(t *testing.T, send func(context.Context, delivery) error) (*Notifications, *functiontest.Run) {
	t.Helper()
	n, run := startedOn(t, pgtest.Database(t), send)
	paid(t, run, 1)
	return n, run
}

func startedOn(t *testing.T, url string, send func(context.Context, delivery) error) (*Notifications, *functiontest.Run) {
	t.Helper()
	values := config.Values{"DATABASE_URL": url, "JWT_SECRET": functiontest.Secret, "MAIL_LINK_KEY": functiontest.Secret, "WEBHOOK_KEY": functiontest.Secret}
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
	return n, functiontest.Start(t, n.service(settings.Session.Keys()))
}

// paid delivers the event that an order of user 5 is paid: its receipt waits.
func paid(t *testing.T, run *functiontest.Run, order int32) {
	t.Helper()
	at := timestamp.Of(time.Now())
	functiontest.Deliver(t, run, "note-order", event.OrderUpdated, event.Order{ID: order, UserID: 5, TicketID: 3, Version: 1, Status: event.OrderIsComplete, CreatedAt: at, UpdatedAt: at, ExpiresAt: at})
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
