package api

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/timestamp"
)

// What auth may answer about an account.
var (
	ErrNoSuchSession = apierror.New(http.StatusNotFound, "Session not found.") // none of the user's open ones
	ErrInvalidEmail  = apierror.New(http.StatusBadRequest, "Invalid email.")
	ErrInvalidLink   = apierror.New(http.StatusBadRequest, "Invalid link.") // not one of ours, used, or not the last one
	ErrLinkExpired   = apierror.New(http.StatusBadRequest, "Link expired.")
	ErrConfirmed     = apierror.New(http.StatusConflict, "Email already confirmed.")
)

// Account is a user's own.
type Account struct {
	ID        int32
	Email     string
	Confirmed bool // the user reads mail of that address
	CreatedAt timestamp.Time
}

// Account returns the user's account.
//
// Errors: apierror.ErrNotAuthorized.
func (s *Session) Account(ctx context.Context) (a Account, err error) {
	_, err = s.do(ctx, call{method: http.MethodGet, path: "/api/users/account", out: &a})
	return a, err
}

// ConfirmEmail confirms an account's address by the token of a link.
//
// Errors: ErrInvalidLink, ErrLinkExpired.
func (s *Session) ConfirmEmail(ctx context.Context, token string) error {
	_, err := s.do(ctx, call{method: http.MethodPost, path: "/api/users/confirm", in: map[string]string{"token": token}})
	return err
}

// ConfirmAgain has another link sent to the user's address.
//
// Errors: apierror.ErrNotAuthorized, ErrConfirmed, ErrTooManyAttempts.
func (s *Session) ConfirmAgain(ctx context.Context) error {
	return s.visiting(ctx, "/api/users/confirm/request", nil)
}

// RequestReset has a link sent by which a new password is set, if there is an account with this address.
//
// Errors: ErrInvalidEmail, ErrTooManyAttempts.
func (s *Session) RequestReset(ctx context.Context, email string) error {
	return s.visiting(ctx, "/api/users/password/reset-request", map[string]string{"email": email})
}

// ResetPassword sets a new password by the token of a link. All of the user's sessions end, and none begins.
//
// Errors: ErrInvalidLink, ErrLinkExpired; ErrInvalidCredentials, on the field password.
func (s *Session) ResetPassword(ctx context.Context, token, password string) error {
	return s.visiting(ctx, "/api/users/password/reset", map[string]string{"token": token, "password": password})
}

// OpenSession is a session of a user's that has not ended.
type OpenSession struct {
	ID        string
	Current   bool           // the one that asks
	Agent     string         // what the client that opened it calls itself: its User-Agent
	Network   string         // where that client was, such as 203.0.113.0/24
	CreatedAt timestamp.Time // when the user signed in
	UsedAt    timestamp.Time // about when it was used last
	ExpiresAt timestamp.Time
}

// Sessions lists the user's open sessions, newest first.
//
// Errors: apierror.ErrNotAuthorized.
func (s *Session) Sessions(ctx context.Context) (all []OpenSession, err error) {
	_, err = s.do(ctx, call{method: http.MethodGet, path: "/api/users/sessions", out: &all})
	return all, err
}

// EndSession ends one of the user's sessions.
//
// Errors: apierror.ErrNotAuthorized, ErrNoSuchSession.
func (s *Session) EndSession(ctx context.Context, id string) error {
	if strings.Trim(id, ".") == "" { // no segment of a path
		return ErrNoSuchSession
	}
	_, err := s.do(ctx, call{method: http.MethodPost, path: "/api/users/sessions/" + url.PathEscape(id) + "/end"})
	return err
}
