package notifications

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
)

const (
	newsFor  = 7 * 24 * time.Hour // no mail is sent about what happened longer ago: it was announced again, say after a restore
	leastRun = time.Minute        // of the time to pay that has to be left for a reminder
)

// order is the copy of one.
type order struct {
	event.Order
	refunded bool
	known    bool
}

// NoteOrder keeps the newest versions of orders, and tells the buyer that one is paid, that it is about to expire, and that its money went back.
// Who has ordered a ticket waits for it no more.
func (n *Notifications) NoteOrder(ctx context.Context, o event.Order) error {
	return n.transaction(ctx, func(tx postgres.Tx) error {
		before, err := lockOrder(ctx, tx, o.ID)
		if err != nil {
			return err
		}
		refunded := o.RefundedAt != nil
		newer := !before.known || before.Version < o.Version
		news := newer && n.isNews(o.UpdatedAt.Time)
		if err := saveOrder(ctx, tx, o, refunded); err != nil {
			return err
		}
		data := orderData{o.ID, o.TicketID, o.Ticket.Title, o.Ticket.Price, o.ExpiresAt}
		tell := func(kind, detail string, due time.Time, news bool) error {
			return n.queue(ctx, tx, message{mailChannel, toUser(o.UserID), kind, fmt.Sprintf("%s/order/%d%s", kind, o.ID, detail), data, due}, news)
		}
		switch o.Status {
		case event.OrderIsComplete:
			err = tell(receiptKind, "", time.Time{}, news && before.Status != event.OrderIsComplete)
		case event.OrderIsCreated:
			left := o.ExpiresAt.Sub(n.now())
			if third := min(left, o.ExpiresAt.Sub(o.UpdatedAt.Time)) / 3; third >= leastRun {
				err = tell(expiringKind, "/"+o.ExpiresAt.Format(time.RFC3339), o.ExpiresAt.Add(-third), news)
			}
		}
		if err == nil && newer && o.Status != event.OrderIsCancelled {
			_, err = tx.Exec(ctx, `DELETE FROM waiting WHERE ticket_id = $1 AND user_id = $2`, o.TicketID, o.UserID)
		}
		if err == nil && refunded {
			err = tell(refundedKind, "", time.Time{}, news && !before.refunded)
		}
		if err == nil {
			err = n.tellPrograms(ctx, tx, o.UserID, o.Version, o, webhookMessage{Type: orderEvent(before, o), Timestamp: o.UpdatedAt}, news)
		}
		return err
	})
}

func (n *Notifications) isNews(at time.Time) bool { return n.now().Sub(at) < newsFor }

const orderColumns = `id, user_id, status, refunded, expires_at, version`

func scanOrder(row pgx.CollectableRow) (o order, err error) {
	o.known = true
	return o, row.Scan(&o.ID, &o.UserID, &o.Status, &o.refunded, &o.ExpiresAt, &o.Version)
}

// lockOrder returns the copy of an order, locked until tx ends; not known, if there is none.
func lockOrder(ctx context.Context, tx postgres.Tx, id int32) (order, error) {
	o, err := postgres.One(ctx, tx, scanOrder, `SELECT `+orderColumns+` FROM orders WHERE id = $1 FOR UPDATE`, id)
	return o, postgres.NoRows(err, nil)
}

// findOrder returns the copy of an order. Errors: that there is none yet.
func findOrder(ctx context.Context, q postgres.Querier, id int32) (order, error) {
	o, err := postgres.One(ctx, q, scanOrder, `SELECT `+orderColumns+` FROM orders WHERE id = $1`, id)
	return o, postgres.NoRows(err, errors.New("the order is not known yet"))
}

// saveOrder stores an order, unless the same or a newer version of it is.
func saveOrder(ctx context.Context, tx postgres.Tx, o event.Order, refunded bool) error {
	_, err := tx.Exec(ctx, `INSERT INTO orders (`+orderColumns+`) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET status = excluded.status, refunded = excluded.refunded, expires_at = excluded.expires_at, version = excluded.version
		WHERE orders.version < excluded.version`, o.ID, o.UserID, string(o.Status), refunded, o.ExpiresAt, o.Version)
	return err
}
