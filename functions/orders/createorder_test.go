package orders

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/money"
	"github.com/gittix/ticketing/shared/timestamp"
)

func TestCreateOrder(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	ticket := f.offer(3)
	a := f.Call(buyer, "POST", "/api/orders", `{"ticketId":"3"}`)
	const moment = `"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"`
	form := regexp.MustCompile(`^{"message":"Order created.","order":{"id":1,"userId":8,"status":"created","expiresAt":"2026-01-02T12:15:00.000Z",` +
		`"version":0,"ticketId":3,"createdAt":` + moment + `,"updatedAt":` + moment + `,"ticket":{"id":3,"title":"Opera 3","price":10,"version":0,` +
		`"createdAt":"2026-01-02T12:00:00.000Z","updatedAt":"2026-01-02T12:00:00.000Z"}},"seq":1}$`)
	if a.Status != 201 || !form.MatchString(a.Body) {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	r := functiontest.Parse[Reply](t, a, 201)
	f.changed(event.OrderCreated, r)
	ticket.Version, ticket.Price, ticket.Title = 1, 9900, "dearer"
	functiontest.Deliver(t, f.Run, "copy-ticket", event.TicketUpdated, ticket)
	if got := f.get(1); got != r.Order {
		t.Errorf("the buyer pays another price than the one seen: %+v", got)
	}
}

func TestCreateOrderRefuses(t *testing.T) {
	t.Parallel()
	f := start(t, 1, 1)
	f.offer(3)
	f.offer(4)
	refused := func(user int32, body string, status int, message string) {
		t.Helper()
		f.Refuses(user, "POST", "/api/orders", body, status, message)
	}
	refused(0, `{`, 401, "Not authorized.")
	refused(buyer, `[{"ticketId":3}]`, 400, "Invalid JSON.")
	for _, body := range []string{`{}`, `{"ticketId":null}`, `{"ticketId":0}`, `{"ticketId":"3; DROP TABLE orders"}`, `{"ticketId":2147483648}`} {
		refused(buyer, body, 400, "Invalid ticketId.")
	}
	refused(buyer, `{"ticketId":99}`, 400, "Ticket not found.")
	refused(seller, `{"ticketId":3}`, 400, "You cannot order your own ticket.")
	first := f.reserve(3)
	refused(stranger, `{"ticketId":3}`, 400, "Ticket is already reserved.")
	refused(buyer, `{"ticketId":4}`, 429, "Too many open orders.")
	f.cancel(first.ID)
	for ticket, user := range map[int32]int32{3: buyer, 4: stranger} { // the tickets are free again, and the buyer below the limit
		functiontest.Parse[Reply](t, f.order(user, ticket), 201)
	}
}

func TestOneBuyerOfMany(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	f.offer(3)
	got := functiontest.AtOnce(t, 64, func(i int) functiontest.Answer { return f.order(int32(100+i), 3) })
	if events := f.Announced(); got["201 Order created."] != 1 || got["400 Ticket is already reserved."] != 63 || len(events) != 1 {
		t.Errorf("%v, %d events", got, len(events))
	}
}

// TestFreeTicketIsSoldAtLast: who has to wait for a lock, of an index that is built for instance, does not find the ticket taken by that.
// What is sold then is the ticket as it is by then.
func TestFreeTicketIsSoldAtLast(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	ticket := f.offer(3)
	other, err := pgx.Connect(t.Context(), f.url)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(context.Background())
	tx, err := other.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `LOCK TABLE orders IN SHARE MODE`); err != nil {
		t.Fatal(err)
	}
	answers := make(chan functiontest.Answer, 1)
	go func() { answers <- f.order(buyer, 3) }()
	for waits := false; !waits; { // with its insertion: nothing else conflicts
		if err := tx.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'orders'::regclass AND NOT granted)`).Scan(&waits); err != nil {
			t.Fatal(err)
		}
	}
	ticket.Version, ticket.Price = 1, 9900
	functiontest.Deliver(t, f.Run, "copy-ticket", event.TicketUpdated, ticket)
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := functiontest.Parse[Reply](t, <-answers, 201)
	f.changed(event.OrderCreated, r)
	if r.Order.Ticket.Price != ticket.Price {
		t.Errorf("sold at %v, which was the price of before, not %v", r.Order.Ticket.Price, ticket.Price)
	}
}

func TestLimitHoldsAtOnce(t *testing.T) {
	t.Parallel()
	f := start(t, 3, 1)
	for id := range int32(12) {
		f.offer(id + 1)
	}
	got := functiontest.AtOnce(t, 12, func(i int) functiontest.Answer { return f.order(buyer, int32(i+1)) })
	if got["201 Order created."] != 3 || got["429 Too many open orders."] != 9 {
		t.Errorf("%v", got)
	}
}

// A ticket that was offered a moment ago can be ordered: its event is on the way.
func TestTicketThatComesLate(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	a := f.CallLate(buyer, "POST", "/api/orders", `{"ticketId":3}`, func() { f.offer(3) })
	f.changed(event.OrderCreated, functiontest.Parse[Reply](t, a, 201))
}

// However a ticket's events come, what is sold is its newest state.
func TestCopyTicketInAnyOrder(t *testing.T) {
	t.Parallel()
	f := start(t, 1<<20, 1)
	var id int32
	rapid.Check(t, func(r *rapid.T) {
		id++
		var states []event.Ticket
		for version := range rapid.Int32Range(1, 4).Draw(r, "versions") {
			states = append(states, event.Ticket{
				ID: id, Title: fmt.Sprint("version ", version), Price: 100 + money.Cents(version), UserID: seller, Version: 2 * version, // with gaps
				CreatedAt: noon, UpdatedAt: timestamp.Of(noon.Add(time.Duration(version) * time.Second)),
			})
		}
		newest := states[len(states)-1]
		states = append(states, rapid.SliceOfN(rapid.SampledFrom(states), 0, len(states)).Draw(r, "again")...)
		for coming := rapid.Permutation(states).Draw(r, "as they come"); len(coming) > 0; {
			n := rapid.IntRange(1, len(coming)).Draw(r, "at once")
			functiontest.DeliverBatch(t, f.Run, "copy-ticket", event.TicketUpdated, coming[:n]...)
			coming = coming[n:]
		}
		got := functiontest.Parse[Reply](t, f.order(buyer, id), 201).Order.Ticket
		want := event.OrderTicket{ID: id, Title: newest.Title, Price: newest.Price, Version: newest.Version, CreatedAt: newest.CreatedAt, UpdatedAt: newest.UpdatedAt}
		if got != want {
			r.Fatalf("sold %+v, want %+v", got, want)
		}
	})
}

func TestListOrders(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	if a := f.Call(buyer, "GET", "/api/orders", ""); a.Body != "[]" {
		t.Errorf("none yet: %s", a.Body)
	}
	first, second := f.reserve(1), f.reserve(2)
	f.offer(3)
	functiontest.Parse[Reply](t, f.order(stranger, 3), 201)
	f.Announced()
	for query, want := range map[string][]Order{"": {second, first}, "?limit=1": {second}, "?after=2": {first}, "?after=1": {}} {
		a := f.Call(buyer, "GET", "/api/orders"+query, "")
		got := functiontest.Parse[[]Order](t, a, 200)
		if !slices.Equal(got, want) || (a.Header.Get("Link") == `</api/orders?after=2&limit=1>; rel="next"`) != (query == "?limit=1") {
			t.Errorf("%s: %v, Link %q; want %v", query, got, a.Header.Get("Link"), want)
		}
	}
	f.Refuses(0, "GET", "/api/orders", "", 401, "Not authorized.")
	f.Refuses(buyer, "GET", "/api/orders?limit=0", "", 400, "Invalid query.")
}

// A ticket that its seller has withdrawn cannot be ordered, whatever its events' order; an older event does not bring it back.
func TestWithdrawnTicket(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	ticket := f.offer(3)
	older := ticket
	ticket.Version, older.Version = 2, 1
	ticket.Withdrawn, ticket.Status = true, event.TicketIsWithdrawn
	functiontest.Deliver(t, f.Run, "copy-ticket", event.TicketUpdated, ticket)
	functiontest.Deliver(t, f.Run, "copy-ticket", event.TicketUpdated, older)
	functiontest.Refused(t, "withdrawn", f.order(buyer, 3), 400, "Ticket is no longer offered.")
	functiontest.Refused(t, "one's own", f.order(seller, 3), 400, "You cannot order your own ticket.")
}

// What has begun cannot be ordered.
func TestBegunTicket(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	ticket := f.offer(3)
	begins := timestamp.Of(noon.Add(time.Hour))
	ticket.Version, ticket.StartsAt = 1, &begins
	functiontest.Deliver(t, f.Run, "copy-ticket", event.TicketUpdated, ticket)
	f.pass(time.Hour - time.Millisecond)
	order := functiontest.Parse[Reply](t, f.order(buyer, 3), 201).Order
	f.cancel(order.ID)
	f.pass(time.Millisecond)
	f.Announced()
	functiontest.Refused(t, "begun", f.order(buyer, 3), 409, "The event has begun.")
}

// What a version of before has left out of a copy is added when the same event comes again; what is withdrawn stays so.
func TestCopyOfBefore(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	ticket := f.offer(3) // as version 0 was stored by a version of this service that knew no withdrawal
	ticket.Withdrawn = true
	functiontest.Deliver(t, f.Run, "copy-ticket", event.TicketUpdated, ticket)
	functiontest.Refused(t, "withdrawn", f.order(buyer, 3), 400, "Ticket is no longer offered.")
	ticket.Version, ticket.Withdrawn = 1, false // by a version of tickets that knew none
	functiontest.Deliver(t, f.Run, "copy-ticket", event.TicketUpdated, ticket)
	functiontest.Refused(t, "withdrawn before", f.order(buyer, 3), 400, "Ticket is no longer offered.")
}
