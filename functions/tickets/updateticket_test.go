package tickets_test

import (
	"testing"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

func TestUpdateTicket(t *testing.T) {
	t.Parallel()
	run := start(t)
	before := create(t, run, "Opera")
	run.Announced()
	for version := int32(1); version <= 3; version++ { // the last two change nothing, and are changes all the same
		r := functiontest.Parse[reply](t, run.Call(seller, "PUT", path(before.ID), `{"title":"Ballet","price":0.5,"id":9,"userId":9,"orderId":9,"version":9}`), 200)
		want := before
		want.Title, want.Price, want.Version, want.UpdatedAt = "Ballet", 50, version, r.Ticket.UpdatedAt
		if r.Message != "Ticket updated." || !same(r.Ticket, want) || r.Ticket.UpdatedAt.Before(before.UpdatedAt.Time) {
			t.Errorf("%+v, want %+v", r, want)
		}
		announced(t, run, event.TicketUpdated, r)
		if got := get(t, run, before.ID); !same(got, r.Ticket) {
			t.Errorf("stored %+v", got)
		}
	}
}

func TestUpdateTicketRefuses(t *testing.T) {
	t.Parallel()
	run := start(t)
	free, held := create(t, run, "Opera"), create(t, run, "Ballet")
	deliver(t, run, order(1, held.ID, 0, event.OrderIsCreated))
	held = get(t, run, held.ID)
	run.Announced()
	good := offer("Circus", "2")
	for _, c := range []struct { // each breaks all the rules below it too, as far as that can be
		what         string
		user         int32
		target, body string
		status       int
		message      string
	}{
		{"nobody", 0, "/api/tickets/x", `{`, 401, "Not authorized."},
		{"no JSON", stranger, "/api/tickets/x", `{`, 400, "Invalid JSON."},
		{"title", stranger, "/api/tickets/x", offer("", "0"), 400, "Invalid title."},
		{"price", stranger, "/api/tickets/x", offer("Circus", "0"), 400, "Invalid price."},
		{"id", stranger, "/api/tickets/x", good, 400, "Invalid id."},
		{"no such ticket", stranger, path(99), good, 404, "Ticket not found."},
		{"not the owner", stranger, path(held.ID), good, 401, "Not authorized."},
		{"not the owner of a free one", stranger, path(free.ID), good, 401, "Not authorized."},
		{"reserved", seller, path(held.ID), good, 403, "Ticket is reserved."},
	} {
		functiontest.Refused(t, c.what, run.Call(c.user, "PUT", c.target, c.body), c.status, c.message)
	}
	if !same(get(t, run, free.ID), free) || !same(get(t, run, held.ID), held) || len(run.Announced()) > 0 {
		t.Error("changed nevertheless")
	}
	deliver(t, run, order(1, held.ID, 1, event.OrderIsCancelled))
	if a := run.Call(seller, "PUT", path(held.ID), good); a.Status != 200 {
		t.Errorf("free again: %d %s", a.Status, a.Body)
	}
}
