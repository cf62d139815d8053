package auth

import (
	"context"
	"net/http"
	"regexp"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/securitylog"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/timestamp"
)

var errSessionNotFound = apierror.New(http.StatusNotFound, "Session not found.")

// OpenSession is a session of a user that has not ended.
type OpenSession struct {
	ID        string         `json:"id"`
	Current   bool           `json:"current"` // this request is of it
	Agent     string         `json:"agent"`   // what the program that opened it calls itself
	Network   string         `json:"network"` // that it was opened from: a part of the address
	CreatedAt timestamp.Time `json:"createdAt"`
	UsedAt    timestamp.Time `json:"usedAt"` // about
	ExpiresAt timestamp.Time `json:"expiresAt"`
}

// ListSessions returns the signed-in user's sessions that have not ended, those that were used last first; a hundred at most.
func (a *Auth) ListSessions(ctx context.Context, _ function.None) ([]OpenSession, error) {
	mine, _ := session.FromContext(ctx)
	idle := a.keys.Idle
	if idle == 0 {
		idle = session.Lifetime
	}
	return postgres.All(ctx, a.db, pgx.RowToStructByPos[OpenSession], `
		SELECT id, id = $2, device, network, created_at, seen_at, expires_at FROM sessions
		WHERE user_id = $1 AND ended_at IS NULL AND expires_at > now() AND seen_at > now() - make_interval(secs => $3)
		ORDER BY seen_at DESC, id LIMIT 100`, mine.UserID(), mine.SessionID, idle.Seconds())
}

// EndSessionRequest names one session.
type EndSessionRequest struct {
	ID string `json:"-" path:"id" example:"6ZGQVTJ4JKC5ZZKXOKDFV5S3XU"`
}

var sessionID = regexp.MustCompile(`^[A-Za-z0-9_-]{26,64}$`)

// Bind reads the path. Errors: apierror.ErrInvalidID: no session can have that id.
func (r *EndSessionRequest) Bind(req *http.Request) error {
	if r.ID = req.PathValue("id"); !sessionID.MatchString(r.ID) {
		return apierror.ErrInvalidID
	}
	return nil
}

// SessionEnded is the reply to the end of a session.
type SessionEnded struct {
	Message string `json:"message"`
}

// EndSession ends one of the signed-in user's sessions, as signing out there would.
//
// Errors: apierror.ErrInvalidID; errSessionNotFound: the user has none of that id, or it has ended.
func (a *Auth) EndSession(ctx context.Context, req EndSessionRequest) (SessionEnded, error) {
	user := session.User(ctx)
	_, err := a.db.Change(ctx, func(tx postgres.Tx) (none event.Draft, err error) {
		expires, err := postgres.One(ctx, tx, pgx.RowTo[timestamp.Time], `
			UPDATE sessions SET ended_at = now() WHERE id = $1 AND user_id = $2 AND ended_at IS NULL RETURNING expires_at`, req.ID, user)
		if err != nil {
			return none, postgres.NoRows(err, errSessionNotFound)
		}
		return event.Of(ctx, event.AuthSessionsEnded, event.SessionsEnded{UserID: user, SessionID: req.ID, ExpiresAt: expires})
	})
	if err == nil {
		securitylog.Note(ctx, securitylog.SessionEnded, securitylog.User(user))
	}
	return SessionEnded{Message: "Session ended."}, err
}
