package notifications

import (
	"context"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
)

// Errors for clients, about waiting lists.
var (
	ErrTicketNotFound = apierror.New(http.StatusNotFound, "Ticket not found.")
	ErrOwnTicket      = apierror.New(http.StatusBadRequest, "You cannot wait for your own ticket.")
	ErrAvailable      = apierror.New(http.StatusConflict, "Ticket is available.")
	ErrOver           = apierror.New(http.StatusConflict, "Ticket is no longer offered.")
	ErrTooManyLists   = apierror.New(http.StatusTooManyRequests, "Too many waiting lists.")
)

// mostLists are those that one user may be on.
const mostLists = 100

// Waiting says whether the user waits for a ticket.
type Waiting struct {
	TicketID int32 `json:"ticketId"`
	Waiting  bool  `json:"waiting"`
	Place    int32 `json:"place,omitempty"` // among those who wait, from 1 on
}

// findWaiting returns whether a user waits for a ticket.
func findWaiting(ctx context.Context, q postgres.Querier, ticketID, user int32) (Waiting, error) {
	w, err := postgres.One(ctx, q, func(row pgx.CollectableRow) (w Waiting, err error) {
		w = Waiting{TicketID: ticketID, Waiting: true}
		return w, row.Scan(&w.Place)
	}, `SELECT (SELECT count(*) FROM waiting o WHERE o.ticket_id = w.ticket_id AND o.place <= w.place)::int
		FROM waiting w WHERE ticket_id = $1 AND user_id = $2`, ticketID, user)
	if isNone(err) {
		return Waiting{TicketID: ticketID}, nil
	}
	return w, err
}

// waitsFor reports whether a user waits for a ticket that has been free since it was released, and whose event has not begun.
func waitsFor(ctx context.Context, q postgres.Querier, data ticketData, user int32, now time.Time) (bool, error) {
	return postgres.One(ctx, q, pgx.RowTo[bool], `SELECT EXISTS (
		SELECT FROM tickets t JOIN waiting w ON w.ticket_id = t.id WHERE t.id = $1 AND w.user_id = $2 AND t.status = $3 AND t.released = $4
			AND (t.starts_at > $5) IS NOT FALSE)`, data.TicketID, user, string(event.TicketIsAvailable), data.Released, now)
}
