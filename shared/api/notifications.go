package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/gittix/ticketing/shared/apierror"
)

// What notifications may answer, beside ErrInvalidLink.
var (
	ErrWaitsForOwn  = apierror.New(http.StatusBadRequest, "You cannot wait for your own ticket.")
	ErrAvailable    = apierror.New(http.StatusConflict, "Ticket is available.")
	ErrNotOffered   = apierror.New(http.StatusConflict, "Ticket is no longer offered.")
	ErrWaitsForMany = apierror.New(http.StatusTooManyRequests, "Too many waiting lists.")
)

// Waiting says whether the user is on a ticket's waiting list.
type Waiting struct {
	Waiting bool
	Place   int // among those who wait, from 1 on
}

// Waiting asks whether the user waits for a ticket.
//
// Errors: apierror.ErrNotAuthorized.
func (s *Session) Waiting(ctx context.Context, ticketID int32) (Waiting, error) {
	return s.wait(ctx, http.MethodGet, ticketID)
}

// Wait puts the user on a ticket's waiting list.
//
// Errors: apierror.ErrNotAuthorized, ErrNoSuchTicket, ErrWaitsForOwn, ErrAvailable, ErrNotOffered, ErrWaitsForMany.
func (s *Session) Wait(ctx context.Context, ticketID int32) (Waiting, error) {
	return s.wait(ctx, http.MethodPut, ticketID)
}

// StopWaiting takes the user off a ticket's waiting list.
//
// Errors: apierror.ErrNotAuthorized.
func (s *Session) StopWaiting(ctx context.Context, ticketID int32) (Waiting, error) {
	return s.wait(ctx, http.MethodDelete, ticketID)
}

func (s *Session) wait(ctx context.Context, method string, ticketID int32) (w Waiting, err error) {
	_, err = s.do(ctx, call{method: method, path: fmt.Sprintf("/api/notifications/waiting/%d", ticketID), out: &w})
	return w, err
}

// Preferences are which mails a user gets beside those that have to be.
type Preferences struct {
	OptionalMails bool `json:"optionalMails"` // reminders, and news of waiting lists
}

// Preferences returns the user's.
//
// Errors: apierror.ErrNotAuthorized.
func (s *Session) Preferences(ctx context.Context) (p Preferences, err error) {
	_, err = s.do(ctx, call{method: http.MethodGet, path: "/api/notifications/preferences", out: &p})
	return p, err
}

// Prefer changes the user's preferences.
//
// Errors: apierror.ErrNotAuthorized.
func (s *Session) Prefer(ctx context.Context, p Preferences) error {
	_, err := s.do(ctx, call{method: http.MethodPut, path: "/api/notifications/preferences", in: p})
	return err
}

// StopMails ends the mails that need not be, by the token of a link.
//
// Errors: ErrInvalidLink.
func (s *Session) StopMails(ctx context.Context, token string) error {
	_, err := s.do(ctx, call{method: http.MethodPost, path: "/api/notifications/unsubscribe?" + url.Values{"token": {token}}.Encode()})
	return err
}
