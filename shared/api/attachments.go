package api

import (
	"context"
	"net/http"

	"github.com/gittix/ticketing/shared/apierror"
)

// What tickets may answer about attachments.
var (
	ErrInvalidText     = apierror.New(http.StatusBadRequest, "Invalid text.")
	ErrNoAttachment    = apierror.New(http.StatusNotFound, "Ticket has no attachment.")
	ErrNotYoursToRead  = apierror.New(http.StatusUnauthorized, "You are not authorized to read this attachment.")
	ErrTicketWithdrawn = apierror.New(http.StatusConflict, "Ticket is withdrawn.")
)

// Attachment returns what the buyer of a ticket gets.
//
// Errors: apierror.ErrNotAuthorized, ErrNoSuchTicket, ErrNotYoursToRead, ErrNoAttachment.
func (s *Session) Attachment(ctx context.Context, ticketID int32) (string, error) {
	var reply struct{ Text string }
	_, err := s.do(ctx, call{method: http.MethodGet, path: ticketPath(ticketID) + "/attachment", out: &reply})
	return reply.Text, err
}

// Attach says what the buyer of a ticket of the user's own gets. Empty: nothing.
//
// Errors: apierror.ErrNotAuthorized, ErrInvalidText, ErrNoSuchTicket, ErrTicketReserved, ErrTicketWithdrawn.
func (s *Session) Attach(ctx context.Context, ticketID int32, text string) error {
	_, err := s.do(ctx, call{method: http.MethodPut, path: ticketPath(ticketID) + "/attachment", in: map[string]string{"text": text}})
	return err
}
