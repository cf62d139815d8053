package notifications_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/functions/notifications"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/timestamp"
)

const list = "/api/notifications/waiting/3"

// join puts users on the waiting list of ticket 3, which is reserved at version 1.
func (f *fixture) join(users ...int32) {
	f.t.Helper()
	f.ticket(1, event.TicketIsReserved, 1)
	for i, user := range users {
		w := functiontest.Parse[notifications.Waiting](f.t, f.Call(user, "PUT", list, ""), 200)
		if !w.Waiting || w.TicketID != 3 || w.Place != int32(i+1) {
			f.t.Errorf("%+v", w)
		}
	}
}

// waiting is what a user sees of the list.
func (f *fixture) waiting(user int32) notifications.Waiting {
	f.t.Helper()
	return functiontest.Parse[notifications.Waiting](f.t, f.Call(user, "GET", list, ""), 200)
}

// waits checks who waits.
func (f *fixture) waits(want map[int32]bool) {
	f.t.Helper()
	for user, waits := range want {
		if w := f.waiting(user); w.Waiting != waits {
			f.t.Errorf("user %d: %+v", user, w)
		}
	}
}

const available = "Available again: Cup final"

// TestWaitingList: the first is told at once that the ticket is free, the others five minutes later; nobody twice.
func TestWaitingList(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.join(first, second, buyer)
	f.ticket(2, event.TicketIsAvailable, 0)
	f.ticket(2, event.TicketIsAvailable, 0)
	f.send()
	f.wants(first, available)
	f.wants(second)
	f.pass(4 * time.Minute)
	f.ticket(3, event.TicketIsAvailable, 0) // its seller changes something
	f.send()
	f.wants(second)
	f.pass(time.Minute)
	f.send()
	f.wants(first, available)
	f.wants(second, available)
	f.wants(buyer, available)
}

// TestWaitingListGoesOn: who was told stands behind the others, who are told first the next time; no one is told of a ticket that was taken meanwhile.
func TestWaitingListGoesOn(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.join(first, second, buyer)
	f.ticket(2, event.TicketIsAvailable, 0)
	f.ticket(2, event.TicketIsAvailable, 0) // no place moves twice
	f.send()
	f.ticket(3, event.TicketIsReserved, 2)
	f.pass(5 * time.Minute)
	f.send()
	f.wants(second)
	for user, place := range map[int32]int32{second: 1, buyer: 2, first: 3} {
		if w := f.waiting(user); w.Place != place {
			t.Errorf("user %d: %+v, want place %d", user, w, place)
		}
	}
	f.ticket(4, event.TicketIsAvailable, 0)
	f.send()
	f.wants(first, available)
	f.wants(second, available)
	f.wants(buyer)
	f.pass(5 * time.Minute)
	f.send()
	f.wants(first, available, available)
	f.wants(second, available)
	f.wants(buyer, available)
}

// TestHeadStart: it is of the first who can be told, and not of one who wants no mails, or whose address may be another's; those get none.
func TestHeadStart(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.join(first, second, buyer)
	f.Call(first, "PUT", "/api/notifications/preferences", `{"optionalMails":false}`)
	functiontest.Deliver(t, f.Run, "copy-account", event.AuthAccountChanged, event.Account{UserID: second, Email: addresses[second], Version: 1})
	f.ticket(2, event.TicketIsAvailable, 0)
	f.send()
	f.wants(buyer, available)
	f.pass(5 * time.Minute)
	f.send()
	f.wants(buyer, available)
	f.wants(first)
	f.wants(second)
}

// TestManyWait: however many wait, one statement tells them, and one more the webhooks.
func TestManyWait(t *testing.T) {
	t.Parallel()
	f := with(t, "", "20s")
	f.ticket(1, event.TicketIsReserved, 1)
	_, err := f.db.Exec(t.Context(), `
		INSERT INTO waiting (ticket_id, user_id, joined_at) SELECT 3, n, now() FROM generate_series(101, 5100) n ORDER BY n;
		CREATE TABLE statements ();
		CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO statements DEFAULT VALUES; RETURN NULL; END';
		CREATE TRIGGER note AFTER INSERT ON deliveries FOR EACH STATEMENT EXECUTE FUNCTION note()`)
	f.Must(err)
	f.ticket(2, event.TicketIsAvailable, 0)
	got, err := postgres.One(t.Context(), f.db, pgx.RowTo[string], `
		SELECT concat_ws(' ', count(*), count(*) FILTER (WHERE due_at = created_at), (array_agg(target ORDER BY due_at, id))[1], (SELECT count(*) FROM statements)) FROM deliveries`)
	if err != nil || got != "5000 1 user/101 2" { // the other statement is about webhooks
		t.Errorf("mails, due at once, the first, statements: %s, %v", got, err)
	}
}

// TestWaitingEnds: who orders the ticket, or leaves the list, waits no more; a withdrawn ticket has no waiting list.
func TestWaitingEnds(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.join(first, second, buyer)
	created := f.order(2, 0, event.OrderIsCreated)
	f.note(created)
	functiontest.Parse[notifications.Waiting](t, f.Call(second, "DELETE", list, ""), 200)
	f.waits(map[int32]bool{first: true, second: false, buyer: false})
	f.note(f.order(2, 1, event.OrderIsCancelled))
	functiontest.Parse[notifications.Waiting](t, f.Call(buyer, "PUT", list, ""), 200)
	f.note(created) // again
	f.waits(map[int32]bool{first: true, buyer: true})
	f.note(f.order(4, 1, event.OrderIsComplete)) // before the event that it was made
	f.waits(map[int32]bool{first: true, buyer: false})
	f.ticket(2, event.TicketIsWithdrawn, 0)
	f.waits(map[int32]bool{first: false})
	f.Refuses(first, "PUT", list, "", 409, "Ticket is no longer offered.")
}

// TestSoldIsNotOver: one waits for a sold ticket, too, which a refund frees.
func TestSoldIsNotOver(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.join(first)
	f.ticket(2, event.TicketIsSold, 1)
	functiontest.Parse[notifications.Waiting](t, f.Call(second, "PUT", list, ""), 200)
	f.waits(map[int32]bool{first: true, second: true})
	f.ticket(3, event.TicketIsAvailable, 0)
	f.pass(5 * time.Minute)
	f.send()
	f.wants(first, available)
	f.wants(second, available)
}

// TestBegunIsOver: a ticket whose event has begun has no waiting list.
func TestBegunIsOver(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	starts := timestamp.Of(f.now().Add(time.Hour))
	f.starts = &starts
	f.join(first)
	f.pass(time.Hour)
	f.Refuses(second, "PUT", list, "", 409, "Ticket is no longer offered.")
	f.ticket(2, event.TicketIsAvailable, 0)
	f.send()
	f.wants(first)
	f.Must(f.Tick("sweep-deliveries"))
	f.waits(map[int32]bool{first: false})
}

// TestJoinWaiting: one waits for a ticket that someone else offers and has reserved.
func TestJoinWaiting(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.Refuses(0, "PUT", list, "", 401, "Not authorized.")
	f.Refuses(first, "PUT", list, "", 404, "Ticket not found.")
	f.Refuses(first, "PUT", "/api/notifications/waiting/x", "", 400, "Invalid id.")
	f.ticket(0, event.TicketIsAvailable, 0)
	f.Refuses(first, "PUT", list, "", 409, "Ticket is available.")
	f.join(first)
	f.join(first) // again: nothing changes
	f.Refuses(seller, "PUT", list, "", 400, "You cannot wait for your own ticket.")
	f.ticket(2, event.TicketIsWithdrawn, 0)
	f.Refuses(first, "PUT", list, "", 409, "Ticket is no longer offered.")
}
