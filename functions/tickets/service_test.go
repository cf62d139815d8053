package tickets_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gittix/ticketing/functions/tickets"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/timestamp"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const seller, stranger = 7, 8

// fixture is the service on a database of its own.
type fixture struct {
	*functiontest.Run
	t   testing.TB
	url string // of the database
}

func start(t *testing.T) fixture {
	t.Helper()
	return limited(t, "1000000", "1000000")
}

func limited(t testing.TB, offers, changes string) fixture {
	t.Helper()
	url := pgtest.Database(t)
	s, err := tickets.New(config.Values{
		"DATABASE_URL": url, "JWT_SECRET": functiontest.Secret, "MAX_OFFERS_PER_HOUR": offers, "MAX_CHANGES_PER_HOUR": changes, "ATTACHMENT_KEY": attachmentSecret,
	})
	if err != nil {
		t.Fatal(err)
	}
	return fixture{functiontest.Start(t, s), t, url}
}

// offer is the body of a request.
func offer(title, price string) string {
	return fmt.Sprintf(`{"title":%s,"price":%s}`, functiontest.Text(title), price)
}

// create offers a ticket for ten dollars, and drops the event of that.
func (f fixture) create(title string) event.Ticket {
	f.t.Helper()
	ticket := functiontest.Parse[tickets.Reply](f.t, f.Call(seller, "POST", "/api/tickets", offer(title, "10")), 201).Ticket.Ticket
	f.Announced()
	return ticket
}

func (f fixture) get(id int32) event.Ticket {
	f.t.Helper()
	return functiontest.Parse[event.Ticket](f.t, f.Call(0, "GET", path(id), ""), 200)
}

func path(id int32) string { return fmt.Sprintf("/api/tickets/%d", id) }

// changed checks that a change was announced, once, and is what is stored.
func (f fixture) changed(kind event.Type[event.Ticket], r tickets.Reply) {
	f.t.Helper()
	functiontest.Announced(f.t, f.Run, kind, r.Ticket.Ticket, r.Seq)
	if got := f.get(r.Ticket.ID); !same(got, r.Ticket.Ticket) {
		f.t.Errorf("answered %+v, stored %+v", r.Ticket, got)
	}
}

func same(a, b event.Ticket) bool { return functiontest.Text(a) == functiontest.Text(b) }

// heldBy reports whether the ticket is held by that order, or by none for 0.
func heldBy(ticket event.Ticket, order int32) bool {
	return order == 0 && ticket.OrderID == nil || ticket.OrderID != nil && *ticket.OrderID == order
}

func order(id, ticketID, version int32, status event.OrderStatus) event.Order {
	return event.Order{ID: id, UserID: 9, Status: status, ExpiresAt: timestamp.Of(time.Now()), Version: version, TicketID: ticketID}
}

// send delivers an order's state.
func (f fixture) send(o event.Order) error {
	return f.Deliver("hold-ticket", functiontest.Event(f.t, event.OrderUpdated, o))
}

// read reads an offer as a request is read.
func read(body string) (tickets.Offer, error) {
	var o tickets.Offer
	if err := json.Unmarshal([]byte(body), &o); err != nil {
		return o, err
	}
	return o, o.Validate()
}

// database is a pool of the test's own.
func (f fixture) database() *pgxpool.Pool {
	f.t.Helper()
	db, err := pgxpool.New(f.t.Context(), f.url)
	f.Must(err)
	f.t.Cleanup(db.Close)
	return db
}

// await returns when a connection to the database is as sql says, or something has come.
func await[T any](f fixture, db *pgxpool.Pool, sql string, or <-chan T) {
	f.t.Helper()
	for is := false; !is && len(or) == 0; {
		f.Must(db.QueryRow(f.t.Context(), `SELECT count(*) > 0 FROM pg_stat_activity, pg_sleep(0.005) WHERE datname = current_database() AND pid <> pg_backend_pid() AND `+sql).Scan(&is))
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	functiontest.Settings(t, tickets.New, config.Values{"DATABASE_URL": "postgres://u:s3cret@localhost/db", "JWT_SECRET": functiontest.Secret, "ATTACHMENT_KEY": attachmentSecret},
		nil, []string{"ATTACHMENT_KEY=", "ATTACHMENT_KEY=s3cret", "DATABASE_URL=", "DATABASE_URL=postgres://u:s3cret@:x/", "JWT_SECRET=", "JWT_SECRET=s3cret",
			"MAX_OFFERS_PER_HOUR=0", "MAX_CHANGES_PER_HOUR=0", "MAX_CHANGES_PER_HOUR=s3cret"})
}
