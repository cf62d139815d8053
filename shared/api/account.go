package api

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/timestamp"
)

// ErrNoSuchSession is what auth answers for a session that is none of the user's open ones.
var ErrNoSuchSession = apierror.New(http.StatusNotFound, "Session not found.")

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
