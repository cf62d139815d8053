package tickets_test

import (
	"regexp"
	"testing"

	"github.com/gittix/ticketing/functions/tickets"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

func TestCreateTicket(t *testing.T) {
	t.Parallel()
	f := start(t)
	for _, c := range []struct {
		user    int32
		body    string
		status  int
		message string
	}{
		{0, `{`, 401, "Not authorized."}, {seller, `{`, 400, "Invalid JSON."}, {seller, ``, 415, "Content-Type must be application/json."},
		{seller, offer("", "0"), 400, "Invalid title."}, {seller, offer("Opera", "0.49"), 400, "Invalid price."},
	} {
		f.Refuses(c.user, "POST", "/api/tickets", c.body, c.status, c.message)
	}
	a := f.Call(seller, "POST", "/api/tickets", `{"title":" Opera <&> ","price":"12.50"}`)
	const moment = `"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"`
	form := regexp.MustCompile(`^{"message":"Ticket created.","ticket":{"id":1,"title":"Opera \\u003c\\u0026\\u003e","price":12.5,"userId":7,` +
		`"orderId":null,"status":"available","version":0,"createdAt":` + moment + `,"updatedAt":` + moment + `},"seq":1}$`)
	if a.Status != 201 || !form.MatchString(a.Body) {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	f.changed(event.TicketCreated, functiontest.Parse[tickets.Reply](t, a, 201))
}

func TestUpdateTicket(t *testing.T) {
	t.Parallel()
	f := start(t)
	want := f.create("Opera")
	for version := int32(1); version <= 3; version++ { // the last two change nothing, and are changes too
		r := functiontest.Parse[tickets.Reply](t, f.Call(seller, "PUT", path(want.ID), `{"title":"Ballet","price":0.5,"id":9,"userId":9,"orderId":9,"version":9}`), 200)
		if r.Ticket.UpdatedAt.Before(want.UpdatedAt.Time) {
			t.Errorf("updated at %v, before %v", r.Ticket.UpdatedAt, want.UpdatedAt)
		}
		want.Title, want.Price, want.Version, want.UpdatedAt = "Ballet", 50, version, r.Ticket.UpdatedAt
		if r.Message != "Ticket updated." || !same(r.Ticket.Ticket, want) {
			t.Errorf("%+v, want %+v", r, want)
		}
		f.changed(event.TicketUpdated, r)
	}
}

func TestUpdateTicketRefuses(t *testing.T) {
	t.Parallel()
	f := start(t)
	free, held := f.create("Opera"), f.create("Ballet")
	f.Must(f.send(order(1, held.ID, 0, event.OrderIsCreated)))
	held = f.get(held.ID)
	f.Announced()
	good := offer("Circus", "2")
	for _, c := range []struct { // each breaks all the rules below it too, as far as that can be
		user         int32
		target, body string
		status       int
		message      string
	}{
		{0, "/api/tickets/x", `{`, 401, "Not authorized."},
		{stranger, "/api/tickets/x", `{`, 400, "Invalid JSON."},
		{stranger, "/api/tickets/x", offer("", "0"), 400, "Invalid title."},
		{stranger, "/api/tickets/x", offer("Circus", "0"), 400, "Invalid price."},
		{stranger, "/api/tickets/x", good, 400, "Invalid id."},
		{stranger, path(99), good, 404, "Ticket not found."},
		{stranger, path(held.ID), good, 401, "Not authorized."},
		{stranger, path(free.ID), good, 401, "Not authorized."},
		{seller, path(held.ID), good, 403, "Ticket is reserved."},
	} {
		f.Refuses(c.user, "PUT", c.target, c.body, c.status, c.message)
	}
	if !same(f.get(free.ID), free) || !same(f.get(held.ID), held) {
		t.Error("changed nevertheless")
	}
	f.Must(f.send(order(1, held.ID, 1, event.OrderIsCancelled)))
	functiontest.Parse[tickets.Reply](t, f.Call(seller, "PUT", path(held.ID), good), 200) // free again
}
