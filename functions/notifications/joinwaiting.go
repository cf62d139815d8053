package notifications

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

// WaitingRequest is for a ticket, which may be so new that it is not known here yet.
type WaitingRequest struct{ function.ByID }

// CopyID is the ticket's.
func (r WaitingRequest) CopyID() int32 { return r.ID }

// JoinWaiting puts the signed-in user on the waiting list of a ticket that someone else has reserved or bought. Who is on it stays where he is.
//
// Errors: apierror.ErrInvalidID, ErrTicketNotFound, ErrOwnTicket, ErrAvailable, ErrOver, ErrTooManyLists.
func (n *Notifications) JoinWaiting(ctx context.Context, req WaitingRequest) (w Waiting, err error) {
	user := session.User(ctx)
	_, err = n.db.ChangeInTurn(ctx, user, func(tx postgres.Tx) (none event.Draft, err error) {
		t, err := lockTicket(ctx, tx, req.ID) // so that it does not become free unseen
		switch {
		case err != nil:
			return none, err
		case !t.known:
			return none, ErrTicketNotFound
		case t.UserID == user:
			return none, ErrOwnTicket
		case t.over(n.now()):
			return none, ErrOver
		case t.Status == event.TicketIsAvailable:
			return none, ErrAvailable
		}
		lists, err := postgres.One(ctx, tx, pgx.RowTo[int], `SELECT count(*) FROM waiting WHERE user_id = $1 AND ticket_id <> $2`, user, req.ID)
		if err != nil {
			return none, err
		}
		if lists >= mostLists {
			return none, ErrTooManyLists
		}
		if _, err := tx.Exec(ctx, `INSERT INTO waiting (ticket_id, user_id, joined_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, req.ID, user, n.now()); err != nil {
			return none, err
		}
		w, err = findWaiting(ctx, tx, req.ID, user)
		return none, err
	})
	return w, err
}
