package orders

import (
	"fmt"
	"regexp"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

func TestCreateOrder(t *testing.T) {
	t.Parallel()
	w := start(t, 50, 1)
	ticket := w.offer(3)
	a := w.Call(buyer, "POST", "/api/orders", `{"ticketId":"3"}`)
	const moment = `"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"`
	form := regexp.MustCompile(`^{"message":"Order created.","order":{"id":1,"userId":8,"status":"created","expiresAt":"2026-01-02T12:15:00.000Z",` +
		`"version":0,"ticketId":3,"createdAt":` + moment + `,"updatedAt":` + moment + `,"ticket":{"id":3,"title":"Opera 3","price":10,"version":0,` +
		`"createdAt":"2026-01-02T12:00:00.000Z","updatedAt":"2026-01-02T12:00:00.000Z"}},"seq":1}$`)
	if a.Status != 201 || !form.MatchString(a.Body) {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	r := functiontest.Parse[reply](t, a, 201)
	w.announced(event.OrderCreated, r)
	ticket.Version, ticket.Price, ticket.Title = 1, 9900, "dearer"
	w.tell("copy-ticket", functiontest.Event(t, event.TicketUpdated, ticket))
	if got := w.get(1); text(got) != text(r.Order) {
		t.Errorf("the buyer pays another price than the one seen: %+v", got)
	}
}

func TestCreateOrderRefuses(t *testing.T) {
	t.Parallel()
	w := start(t, 1, 1)
	w.offer(3)
	w.offer(4)
	type request struct {
		user    int32
		body    string
		status  int
		message string
	}
	refused := func(c request) {
		t.Helper()
		functiontest.Refused(t, c.body, w.Call(c.user, "POST", "/api/orders", c.body), c.status, c.message)
	}
	for _, c := range []request{
		{0, `{`, 401, "Not authorized."},
		{buyer, `{`, 400, "Invalid JSON."},
		{buyer, `[{"ticketId":3}]`, 400, "Invalid JSON."},
		{buyer, `{}`, 400, "Invalid ticketId."},
		{buyer, `{"ticketId":null}`, 400, "Invalid ticketId."},
		{buyer, `{"ticketId":0}`, 400, "Invalid ticketId."},
		{buyer, `{"ticketId":3.5}`, 400, "Invalid ticketId."},
		{buyer, `{"ticketId":"3; DROP TABLE orders"}`, 400, "Invalid ticketId."},
		{buyer, `{"ticketId":2147483648}`, 400, "Invalid ticketId."},
		{buyer, `{"ticketId":[3]}`, 400, "Invalid ticketId."},
		{buyer, `{"ticketId":99}`, 400, "Ticket not found."},
		{seller, `{"ticketId":3}`, 400, "You cannot order your own ticket."},
	} {
		refused(c)
	}
	w.silent("refused")
	first := functiontest.Parse[reply](t, w.order(3), 201).Order
	refused(request{stranger, `{"ticketId":3}`, 400, "Ticket is already reserved."})
	refused(request{buyer, `{"ticketId":4}`, 429, "Too many open orders."})
	w.Announced()
	if a := w.Call(buyer, "PATCH", path(first.ID), ""); a.Status != 200 {
		t.Fatal(a.Body)
	}
	for i, user := range []int32{buyer, stranger} { // the tickets are free again, and the buyer below the limit
		if a := w.Call(user, "POST", "/api/orders", fmt.Sprintf(`{"ticketId":%d}`, 3+i)); a.Status != 201 {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	}
}

// answers counts what came of requests that were sent at once.
func answers(t *testing.T, n int, send func(int) functiontest.Answer) map[string]int {
	t.Helper()
	got := make([]functiontest.Answer, n)
	var all errgroup.Group
	for i := range n {
		all.Go(func() error { got[i] = send(i); return nil })
	}
	if err := all.Wait(); err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, a := range got {
		count[fmt.Sprint(a.Status, " ", regexp.MustCompile(`"message":"([^"]*)"`).FindString(a.Body))]++
	}
	return count
}

func TestOneBuyerOfMany(t *testing.T) {
	t.Parallel()
	w := start(t, 50, 1)
	w.offer(3)
	got := answers(t, 64, func(i int) functiontest.Answer { return w.Call(int32(100+i), "POST", "/api/orders", `{"ticketId":3}`) })
	if got[`201 "message":"Order created."`] != 1 || got[`400 "message":"Ticket is already reserved."`] != 63 {
		t.Errorf("%v", got)
	}
	if events := w.Announced(); len(events) != 1 {
		t.Errorf("%d events", len(events))
	}
}

func TestLimitHoldsAtOnce(t *testing.T) {
	t.Parallel()
	w := start(t, 3, 1)
	for id := int32(1); id <= 12; id++ {
		w.offer(id)
	}
	got := answers(t, 12, func(i int) functiontest.Answer { return w.order(int32(i + 1)) })
	if got[`201 "message":"Order created."`] != 3 || got[`429 "message":"Too many open orders."`] != 9 {
		t.Errorf("%v", got)
	}
}

// A ticket that was offered a moment ago can be ordered: its event is on the way.
func TestTicketThatComesLate(t *testing.T) {
	t.Parallel()
	w := start(t, 50, 1)
	a := w.CallLate(buyer, "POST", "/api/orders", `{"ticketId":3}`, func() { w.offer(3) })
	w.announced(event.OrderCreated, functiontest.Parse[reply](t, a, 201))
}
