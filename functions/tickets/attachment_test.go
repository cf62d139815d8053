package tickets_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/functions/tickets"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/timestamp"
)

const attachmentSecret, newAttachmentSecret = "a-secret-of-the-attachments-of-tests", "another-one-of-the-attachments-of-tests"

const buyer = 9 // of order

func attachment(id int32) string { return path(id) + "/attachment" }

func withText(text string) string { return functiontest.Text(map[string]string{"text": text}) }

func (f fixture) attach(id int32, text string) {
	f.t.Helper()
	functiontest.Parse[tickets.AttachmentReply](f.t, f.Call(seller, "PUT", attachment(id), withText(text)), 200)
	f.Silent("an attachment is of no event")
}

func (f fixture) reads(user, id int32, want string) {
	f.t.Helper()
	if got := functiontest.Parse[tickets.Attachment](f.t, f.Call(user, "GET", attachment(id), ""), 200); got.Text != want || got.UpdatedAt.IsZero() {
		f.t.Errorf("user %d reads %+v, not %q", user, got, want)
	}
}

const notYours, text = "You are not authorized to read this attachment.", "Gate 3, row 7\nCode: <4711>"

// The buyer reads it once the order is paid, and no longer when its money goes back; before, after and besides, only the seller does.
func TestAttachment(t *testing.T) {
	t.Parallel()
	f := start(t)
	ticket := f.create("Opera")
	f.Refuses(seller, "GET", attachment(ticket.ID), "", 404, "Ticket has no attachment.")
	f.attach(ticket.ID, " first ")
	f.attach(ticket.ID, strings.ReplaceAll(text, "\n", "\r\n"))
	f.reads(seller, ticket.ID, text)
	only := func(what string, readers ...int32) {
		t.Helper()
		f.Announced()
		for _, user := range []int32{0, buyer, stranger} {
			switch {
			case len(readers) > 0 && user == readers[0]:
				f.reads(user, ticket.ID, text)
			case user == 0:
				f.Refuses(user, "GET", attachment(ticket.ID), "", 401, "Not authorized.")
			default:
				functiontest.Refused(t, what, f.Call(user, "GET", attachment(ticket.ID), ""), 401, notYours)
			}
		}
		f.reads(seller, ticket.ID, text)
	}
	only("free")
	f.Must(f.send(order(1, ticket.ID, 0, event.OrderIsCreated)))
	only("reserved")
	f.Must(f.send(order(1, ticket.ID, 1, event.OrderIsCancelled)))
	only("given back")
	f.Must(f.send(order(2, ticket.ID, 0, event.OrderIsCreated)))
	f.Must(f.send(order(2, ticket.ID, 1, event.OrderIsComplete)))
	only("paid", buyer)
	owed := order(2, ticket.ID, 3, event.OrderIsComplete)
	owed.Refund = event.RefundOwed
	f.Must(f.send(owed))
	only("to be refunded")
	f.Must(f.send(order(2, ticket.ID, 2, event.OrderIsComplete))) // late
	only("to be refunded, still")
	f.Must(f.send(order(2, ticket.ID, 4, event.OrderIsComplete))) // the refund failed
	only("not refunded", buyer)
	back := order(2, ticket.ID, 5, event.OrderIsComplete)
	back.RefundedAt = new(timestamp.Time)
	*back.RefundedAt = back.ExpiresAt
	f.Must(f.send(back))
	only("refunded")
	f.Must(f.send(order(2, ticket.ID, 6, event.OrderIsCancelled)))
	f.Announced()
	f.Refuses(seller, "GET", attachment(ticket.ID), "", 404, "Ticket has no attachment.") // its buyer has read it
	f.attach(ticket.ID, "another")
	f.attach(ticket.ID, "")
	f.Refuses(seller, "GET", attachment(ticket.ID), "", 404, "Ticket has no attachment.")
}

// What one buyer has read is no other's: with the sale it ends, whichever order's event comes first, and what the seller writes then stays.
func TestAttachmentSoldAgain(t *testing.T) {
	t.Parallel()
	f := start(t)
	first := func(ticketID, version int32, status event.OrderStatus) event.Order {
		return order(2*ticketID, ticketID, version, status)
	}
	second := func(ticketID int32) event.Order {
		o := order(2*ticketID+1, ticketID, 1, event.OrderIsComplete)
		o.UserID = stranger
		return o
	}
	const none = "Ticket has no attachment."
	for _, late := range []bool{false, true} {
		ticket := f.create("Opera").ID
		f.attach(ticket, text)
		f.Must(f.send(first(ticket, 1, event.OrderIsComplete)))
		f.reads(buyer, ticket, text)
		events := []event.Order{first(ticket, 2, event.OrderIsCancelled), second(ticket)}
		if late {
			events[0], events[1] = events[1], events[0]
		}
		for _, o := range events {
			f.Must(f.send(o))
			functiontest.Refused(t, "sold again", f.Call(stranger, "GET", attachment(ticket), ""), 404, none)
		}
		f.Announced()
	}
	ticket := f.create("Ballet").ID
	f.attach(ticket, text)
	f.Must(f.send(first(ticket, 1, event.OrderIsComplete)))
	f.Must(f.send(first(ticket, 2, event.OrderIsCancelled)))
	f.Announced()
	f.attach(ticket, "another")
	f.Must(f.send(first(ticket, 1, event.OrderIsComplete)))
	f.Must(f.send(first(ticket, 2, event.OrderIsCancelled)))
	f.Must(f.send(second(ticket)))
	f.Announced()
	f.reads(stranger, ticket, "another")
	f.Refuses(buyer, "GET", attachment(ticket), "", 401, notYours)
}

func TestAttachmentRefusals(t *testing.T) {
	t.Parallel()
	f := start(t)
	ticket, sold, gone := f.create("Opera"), f.create("Ballet"), f.create("Jazz")
	f.attach(sold.ID, text)
	f.Must(f.send(order(1, sold.ID, 0, event.OrderIsCreated)))
	f.Call(seller, "DELETE", path(gone.ID), "")
	f.Announced()
	f.Refuses(0, "PUT", attachment(ticket.ID), withText(text), 401, "Not authorized.")
	f.Refuses(stranger, "PUT", attachment(ticket.ID), withText(text), 401, "Not authorized.")
	f.Refuses(seller, "PUT", attachment(99), withText(text), 404, "Ticket not found.")
	f.Refuses(seller, "PUT", "/api/tickets/x/attachment", withText(text), 400, "Invalid id.")
	f.Refuses(seller, "GET", attachment(99), "", 404, "Ticket not found.")
	f.Refuses(seller, "PUT", attachment(sold.ID), withText("another"), 403, "Ticket is reserved.")
	f.Refuses(seller, "PUT", attachment(gone.ID), withText(text), 409, "Ticket is withdrawn.")
	f.Must(f.send(order(1, sold.ID, 1, event.OrderIsComplete)))
	f.Announced()
	f.Refuses(seller, "PUT", attachment(sold.ID), withText(""), 403, "Ticket is reserved.")
	f.reads(buyer, sold.ID, text)
	for name, bad := range map[string]string{"long": strings.Repeat("x", 4097), "long in bytes": strings.Repeat("ü", 2049), "control": "a\x00b", "escape": "\x1b[2J"} {
		functiontest.Refused(t, name, f.Call(seller, "PUT", attachment(ticket.ID), withText(bad)), 400, "Invalid text.")
	}
	f.attach(ticket.ID, strings.Repeat("x", 4096))
	for _, body := range []string{`{}`, `{"text":null}`, `{"text":true}`, `{"text":7}`, `{"text":["a"]}`} { // takes nothing away
		functiontest.Refused(t, body, f.Call(seller, "PUT", attachment(ticket.ID), body), 400, "Invalid text.")
	}
	f.reads(seller, ticket.ID, strings.Repeat("x", 4096))
}

// What is stored cannot be read without the key, nor moved to another ticket; a new key encrypts what is written from then on, and the old one still opens the rest.
func TestAttachmentSealed(t *testing.T) {
	t.Parallel()
	f := start(t)
	one, two := f.create("Opera"), f.create("Ballet")
	f.attach(one.ID, text)
	f.attach(two.ID, text)
	exec := func(sql string, args ...any) {
		t.Helper()
		db, err := pgx.Connect(t.Context(), f.url)
		f.Must(err)
		defer db.Close(t.Context()) //nolint:errcheck // nothing is lost
		_, err = db.Exec(t.Context(), sql, args...)
		f.Must(err)
	}
	exec(`DO $$ BEGIN
		IF EXISTS (SELECT FROM attachments a, attachments b WHERE a.ticket_id < b.ticket_id AND a.sealed = b.sealed) THEN RAISE 'two alike'; END IF;
		IF EXISTS (SELECT FROM attachments a WHERE position('Gate' in encode(sealed, 'escape')) > 0) THEN RAISE 'in clear'; END IF;
	END $$`)
	rotated := f.with(t, newAttachmentSecret+" "+attachmentSecret)
	rotated.reads(seller, one.ID, text)
	rotated.attach(two.ID, "new")
	after := f.with(t, newAttachmentSecret)
	after.reads(seller, two.ID, "new")
	functiontest.Refused(t, "its key is gone", after.Call(seller, "GET", attachment(one.ID), ""), 500, "Internal error.")
	exec(`UPDATE attachments SET (key_id, sealed) = (SELECT key_id, sealed FROM attachments WHERE ticket_id = $2) WHERE ticket_id = $1`, one.ID, two.ID)
	functiontest.Refused(t, "another ticket's", rotated.Call(seller, "GET", attachment(one.ID), ""), 500, "Internal error.")
	exec(`UPDATE attachments SET sealed = set_byte(sealed, 20, get_byte(sealed, 20) # 1)`)
	functiontest.Refused(t, "changed", rotated.Call(seller, "GET", attachment(two.ID), ""), 500, "Internal error.")
}

// with is the service on the same database, with another key.
func (f fixture) with(t *testing.T, secret string) fixture {
	t.Helper()
	s, err := tickets.New(config.Values{"DATABASE_URL": f.url, "JWT_SECRET": functiontest.Secret, "ATTACHMENT_KEY": secret})
	f.Must(err)
	return fixture{functiontest.Start(t, s), t, f.url}
}

// An order that was noted before buyers were is noted with its buyer when it is announced again.
func TestAttachmentOfOlderHolds(t *testing.T) {
	t.Parallel()
	f := start(t)
	ticket := f.create("Opera")
	f.attach(ticket.ID, text)
	plain, paid := f.create("Ballet"), order(1, ticket.ID, 1, event.OrderIsComplete)
	f.Must(f.send(paid))
	f.Must(f.send(order(2, plain.ID, 1, event.OrderIsComplete)))
	f.Announced()
	db, err := pgx.Connect(t.Context(), f.url)
	f.Must(err)
	defer db.Close(t.Context()) //nolint:errcheck // nothing is lost
	_, err = db.Exec(t.Context(), `UPDATE holds SET user_id = NULL`)
	f.Must(err)
	f.Refuses(buyer, "GET", attachment(ticket.ID), "", 401, notYours)
	f.Refuses(buyer, "GET", attachment(plain.ID), "", 404, "Ticket has no attachment.") // whoever holds it
	f.Must(f.send(paid))
	f.reads(buyer, ticket.ID, text)
}
