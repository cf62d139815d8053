package orders

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/timestamp"
)

// sell has an order of a ticket paid at a time.
func (f *fixture) sell(ticketID int32, at time.Time) Order {
	f.t.Helper()
	order := f.reserve(ticketID)
	p := paymentOf(order.ID, order.ID, 1000)
	p.UpdatedAt = timestamp.Of(at)
	functiontest.Deliver(f.t, f.Run, "complete-order", event.PaymentCreated, p)
	return order
}

// A seller's numbers are of the orders that were paid: a refund in part leaves the rest, one by the seller nothing.
func TestSales(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	monday := time.Date(2025, 12, 29, 0, 0, 0, 0, time.UTC) // noon is on the Friday after
	f.reserve(1)
	f.cancel(f.reserve(2).ID)
	f.sell(3, noon.AddDate(0, 0, -100)) // before the twelve weeks
	f.sell(4, monday.Add(-time.Millisecond))
	partly, returned := f.sell(5, monday), f.sell(6, noon.Time)
	for id, change := range map[int32]func(*event.Payment){
		partly.ID:   func(p *event.Payment) { p.Refunded = 300 },
		returned.ID: func(p *event.Payment) { p.Status = event.PaymentIsRefunded },
	} {
		if id == returned.ID {
			functiontest.Parse[Reply](t, f.Call(seller, "POST", path(id)+"/refund", ""), 200)
		}
		p := paymentOf(id, id, 1000)
		p.Version = 1
		change(&p)
		functiontest.Deliver(t, f.Run, "note-refund", event.PaymentRefunded, p)
	}
	want := Sales{Reserved: 1, Sold: 3, Returned: 1, Earned: 2700, Refunded: 1300, Weeks: []Week{
		{timestamp.Of(monday.AddDate(0, 0, -7)), 1, 1000}, {timestamp.Of(monday), 1, 700}}}
	if got := functiontest.Parse[Sales](t, f.Call(seller, "GET", "/api/orders/sales/summary", ""), 200); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	sales := functiontest.Parse[[]Sale](t, f.Call(seller, "GET", "/api/orders/sales", ""), 200)
	if len(sales) != 4 || sales[0].OrderID != returned.ID || sales[0].Status != event.OrderIsCancelled || sales[0].Refunded != 1000 ||
		sales[1] != (Sale{partly.ID, 5, "Opera 5", 1000, timestamp.Of(monday), event.OrderIsComplete, "", 300}) {
		t.Errorf("%+v", sales)
	}
	page := f.Call(seller, "GET", "/api/orders/sales?limit=2", "")
	if next := fmt.Sprintf(`</api/orders/sales?after=%d&limit=2>; rel="next"`, partly.ID); page.Header.Get("Link") != next {
		t.Errorf("%s, want %s", page.Header.Get("Link"), next)
	}
	for _, user := range []int32{buyer, stranger} {
		if a := f.Call(user, "GET", "/api/orders/sales", ""); a.Body != "[]" {
			t.Errorf("user %d: %s", user, a.Body)
		}
	}
	f.Announced()
	f.Refuses(0, "GET", "/api/orders/sales/summary", "", 401, "Not authorized.")
	f.Refuses(seller, "GET", "/api/orders/sales?limit=0", "", 400, "Invalid query.")
}

// A seller has all sales: also of orders from before these noted sellers, and of those that an older version stores during an update.
func TestSalesFromBefore(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	f.sell(1, noon.Time)
	for _, id := range []int32{2, 3} { // the tickets of those that follow
		f.offer(id)
	}
	const older = `INSERT INTO orders (user_id, status, expires_at, payment_id, ticket_id, ticket_title, ticket_price, ticket_version, ticket_created_at, ticket_updated_at)
		VALUES (8, 'complete', now(), $1, $1, 'Opera', 1000, 0, now(), now())`
	before := func(sql string, values ...any) {
		_, err := f.db.Exec(t.Context(), sql, values...)
		f.Must(err)
	}
	before(older, 2)
	before(`UPDATE orders SET seller_id = NULL`)
	before(`DELETE FROM orders_migrations WHERE version_id >= 161`)
	f.Must(f.db.Migrate(t.Context()))
	before(older, 3)
	if sales := functiontest.Parse[[]Sale](t, f.Call(seller, "GET", "/api/orders/sales", ""), 200); len(sales) != 3 {
		t.Errorf("%+v", sales)
	}
}

// A page of sales is read in the order of its index, however many there are and whatever the values: nothing is sorted.
func TestSalesPlan(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	conn, err := pgx.Connect(t.Context(), f.url)
	f.Must(err)
	defer conn.Close(t.Context()) //nolint:errcheck // the test ends
	_, err = f.db.Exec(t.Context(), `INSERT INTO orders (user_id, status, expires_at, payment_id, ticket_id, ticket_title, ticket_price, ticket_version, ticket_created_at, ticket_updated_at, seller_id)
		SELECT 8, 'complete', now(), i, i, 'Opera', 1000, 0, now(), now(), 1 + i % 2 FROM generate_series(1, 5000) i`)
	f.Must(err)
	_, err = f.db.Exec(t.Context(), `VACUUM ANALYZE orders`)
	f.Must(err)
	for index, query := range map[string]string{"orders_sold": page + `; EXPLAIN EXECUTE page (1, 5000, 20)`, "orders_sold_of_ticket": pageOfTicket + `; EXPLAIN EXECUTE page (1, 5000, 20, 7)`} {
		results, err := conn.PgConn().Exec(t.Context(), `DEALLOCATE ALL; SET plan_cache_mode = force_generic_plan; PREPARE page AS `+query).ReadAll()
		f.Must(err)
		var plan string
		for _, row := range results[len(results)-1].Rows {
			plan += string(row[0]) + "\n"
		}
		if !strings.Contains(plan, " using "+index+" ") || strings.Contains(plan, "Sort") {
			t.Errorf("not by %s:\n%s", index, plan)
		}
	}
}

// A seller finds what became of one ticket: each of its sales, newest first, and no others; nobody else does.
func TestSalesOfTicket(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	first := f.paid(3)
	functiontest.Parse[Reply](t, f.Call(seller, "POST", path(first.ID)+"/refund", ""), 200)
	f.paid(4)
	second := f.paid(3)
	f.Announced()
	sales := functiontest.Parse[[]Sale](t, f.Call(seller, "GET", "/api/orders/sales?ticketId=3", ""), 200)
	if len(sales) != 2 || sales[0].OrderID != second.ID || sales[1].OrderID != first.ID || sales[1].Status != event.OrderIsCancelled {
		t.Errorf("%+v", sales)
	}
	next := f.Call(seller, "GET", "/api/orders/sales?ticketId=3&limit=1", "").Header.Get("Link")
	if want := fmt.Sprintf(`</api/orders/sales?after=%d&limit=1&ticketId=3>; rel="next"`, second.ID); next != want {
		t.Errorf("%s, want %s", next, want)
	}
	for user, ticket := range map[int32]int{stranger: 3, seller: 5} {
		if a := f.Call(user, "GET", fmt.Sprint("/api/orders/sales?ticketId=", ticket), ""); a.Body != "[]" {
			t.Errorf("user %d, ticket %d: %s", user, ticket, a.Body)
		}
	}
	for _, query := range []string{"ticketId=0", "ticketId=x", "ticketId=3&ticketId=4"} {
		f.Refuses(seller, "GET", "/api/orders/sales?"+query, "", 400, "Invalid query.")
	}
}
