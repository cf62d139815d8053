package tickets_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/functions/tickets"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// execute changes what is stored.
func (f fixture) execute(sql string) {
	f.t.Helper()
	db, err := pgx.Connect(f.t.Context(), f.url)
	f.Must(err)
	defer db.Close(context.WithoutCancel(f.t.Context())) //nolint:errcheck // what was executed is committed
	_, err = db.Exec(f.t.Context(), sql)
	f.Must(err)
}

// However many offers come at once, the limit holds; it is each seller's own; and what is refused takes no id.
func TestOffersPerHour(t *testing.T) {
	t.Parallel()
	f := limited(t, "3", "1")
	try := func(int) functiontest.Answer { return f.Call(seller, "POST", "/api/tickets", offer("Opera", "10")) }
	got := functiontest.AtOnce(t, 16, try)
	if events := f.Announced(); got["201 Ticket created."] != 3 || got["429 Too many tickets."] != 13 || len(events) != 3 {
		t.Errorf("%v, %d events", got, len(events))
	}
	f.execute(`UPDATE tickets SET created_at = created_at - interval '50 minutes'`)
	functiontest.Limited(t, try(0), "Too many tickets.", 10*time.Minute)
	f.execute(`UPDATE tickets SET created_at = created_at - interval '10 minutes'`)
	again := functiontest.Parse[tickets.Reply](t, try(0), 201)
	functiontest.Parse[tickets.Reply](t, f.Call(stranger, "POST", "/api/tickets", offer("Opera", "10")), 201)
	if again.Ticket.ID != 4 {
		t.Errorf("the fourth ticket has id %d", again.Ticket.ID)
	}
}

// Each change is an event, so they are limited, too, over all tickets of a seller. What changes nothing does not count.
func TestChangesPerHour(t *testing.T) {
	t.Parallel()
	f := limited(t, "9", "3")
	one, two, held := f.create("Opera"), f.create("Ballet"), f.create("Circus")
	f.Must(f.send(order(1, held.ID, 0, event.OrderIsCreated)))
	f.Announced()
	for range 4 {
		f.Refuses(seller, "PUT", path(held.ID), offer("Opera", "10"), 403, "Ticket is reserved.")
		f.Refuses(stranger, "PUT", path(one.ID), offer("Opera", "10"), 401, "Not authorized.")
	}
	got := functiontest.AtOnce(t, 16, func(i int) functiontest.Answer {
		return f.Call(seller, "PUT", path([]int32{one.ID, two.ID}[i%2]), offer("Opera", "10"))
	})
	if events := f.Announced(); got["200 Ticket updated."] != 3 || got["429 Too many changes."] != 13 || len(events) != 3 {
		t.Errorf("%v, %d events", got, len(events))
	}
	f.execute(`UPDATE changes SET ends_at = ends_at - interval '50 minutes'`)
	functiontest.Limited(t, f.Call(seller, "PUT", path(one.ID), offer("Opera", "10")), "Too many changes.", 10*time.Minute)
	f.execute(`UPDATE changes SET ends_at = ends_at - interval '10 minutes'`)
	functiontest.Parse[tickets.Reply](t, f.Call(seller, "PUT", path(one.ID), offer("Opera", "10")), 200)
}
