package tickets_test

import (
	"regexp"
	"testing"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

func TestCreateTicket(t *testing.T) {
	t.Parallel()
	run := start(t)
	a := run.Call(seller, "POST", "/api/tickets", `{"title":" Opera <&> ","price":"12.50"}`)
	const moment = `"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"`
	form := regexp.MustCompile(`^{"message":"Ticket created.","ticket":{"id":1,"title":"Opera \\u003c\\u0026\\u003e","price":12.5,"userId":7,` +
		`"orderId":null,"version":0,"createdAt":` + moment + `,"updatedAt":` + moment + `},"seq":1}$`)
	if a.Status != 201 || !form.MatchString(a.Body) {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	r := functiontest.Parse[reply](t, a, 201)
	announced(t, run, event.TicketCreated, r)
	if got := get(t, run, 1); !same(got, r.Ticket) {
		t.Errorf("stored %+v", got)
	}
}

func TestCreateTicketRefuses(t *testing.T) {
	t.Parallel()
	run := start(t)
	for _, c := range []struct {
		user          int32
		body, message string
		status        int
	}{
		{0, `{`, "Not authorized.", 401},
		{0, offer("Opera", "1"), "Not authorized.", 401},
		{seller, `{`, "Invalid JSON.", 400},
		{seller, `[]`, "Invalid JSON.", 400},
		{seller, `{"title":"a\u0000b","price":1}`, "Invalid title.", 400},
		{seller, offer("", "0"), "Invalid title.", 400},
		{seller, offer("Opera", "0.49"), "Invalid price.", 400},
		{seller, offer("Opera", `"x"`), "Invalid price.", 400},
		{seller, ``, "Content-Type must be application/json.", 415},
	} {
		functiontest.Refused(t, c.body, run.Call(c.user, "POST", "/api/tickets", c.body), c.status, c.message)
	}
	if a := run.Call(0, "GET", "/api/tickets", ""); a.Status != 200 || a.Body != "[]" {
		t.Errorf("stored nevertheless: %s", a.Body)
	}
	if events := run.Announced(); len(events) > 0 {
		t.Errorf("announced nevertheless: %v", events)
	}
}
