package notifications

import (
	"context"

	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/session"
)

// LeaveWaiting takes the signed-in user off the waiting list of a ticket, if he is on it.
//
// Errors: apierror.ErrInvalidID.
func (n *Notifications) LeaveWaiting(ctx context.Context, req function.ByID) (Waiting, error) {
	_, err := n.db.Exec(ctx, `DELETE FROM waiting WHERE ticket_id = $1 AND user_id = $2`, req.ID, session.User(ctx))
	return Waiting{TicketID: req.ID}, err
}
