package notifications

import (
	"context"

	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/session"
)

// GetWaiting returns whether the signed-in user waits for a ticket.
//
// Errors: apierror.ErrInvalidID.
func (n *Notifications) GetWaiting(ctx context.Context, req function.ByID) (Waiting, error) {
	return findWaiting(ctx, n.db, req.ID, session.User(ctx))
}
