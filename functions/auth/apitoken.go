package auth

import (
	"context"
	"crypto/sha256"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/securitylog"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/timestamp"
)

var (
	errTokenNotFound = apierror.New(http.StatusNotFound, "Token not found.")
	errInvalidToken  = apierror.New(http.StatusBadRequest, "Invalid token.")
	errInvalidName   = apierror.New(http.StatusBadRequest, "Invalid name.")
	errInvalidScopes = apierror.New(http.StatusBadRequest, "Invalid scopes.")
	errInvalidExpiry = apierror.New(http.StatusBadRequest, "Invalid expiresAt.")
	errTooManyTokens = apierror.New(http.StatusTooManyRequests, "Too many tokens.")
)

const (
	tokenPrefix      = "ticketing_" // so that a token that was published by mistake is found
	mostTokens       = 50           // of one user
	longestTokenName = 64           // characters
)

// APIToken is what a user sees of a token for programs: not the token itself.
type APIToken struct {
	ID        string          `json:"id" example:"6ZGQVTJ4JKC5ZZKXOKDFV5S3XU"`
	Name      string          `json:"name" example:"box office"`
	Scopes    []session.Scope `json:"scopes" example:"[\"read\", \"sell\"]"`
	CreatedAt timestamp.Time  `json:"createdAt"`
	UsedAt    *timestamp.Time `json:"usedAt,omitempty"`    // last, to the minute
	ExpiresAt *timestamp.Time `json:"expiresAt,omitempty"` // missing: never
}

const apiColumns = `id, name, scopes, created_at, used_at, expires_at`

// living is true of tokens that have not ended with their user's sessions. Replicas of before this table end sessions, and delete no tokens.
const living = `coalesce(generation >= (SELECT session_generation FROM users WHERE id = user_id), true)`

func hashOf(token string) []byte {
	hash := sha256.Sum256([]byte(token))
	return hash[:]
}

// ListTokens returns the signed-in user's tokens for programs, the newest first; expired ones, too, until they are swept.
func (a *Auth) ListTokens(ctx context.Context, _ function.None) ([]APIToken, error) {
	return postgres.All(ctx, a.db, pgx.RowToStructByPos[APIToken], `
		SELECT `+apiColumns+` FROM api_tokens WHERE user_id = $1 AND `+living+` ORDER BY created_at DESC, id`, session.User(ctx))
}

// EndTokenRequest names a token.
type EndTokenRequest struct {
	ID string `json:"-" path:"id" example:"6ZGQVTJ4JKC5ZZKXOKDFV5S3XU"`
}

// Bind reads the path. Errors: apierror.ErrInvalidID: no token can have that id.
func (r *EndTokenRequest) Bind(req *http.Request) error {
	return (*EndSessionRequest)(r).Bind(req)
}

// TokenEnded is the reply to the end of a token.
type TokenEnded struct {
	Message string `json:"message"`
}

// EndToken ends one of the signed-in user's tokens, and with it, within 2 seconds, what was given for it.
//
// Errors: apierror.ErrInvalidID; errTokenNotFound: the user has none of that id.
func (a *Auth) EndToken(ctx context.Context, req EndTokenRequest) (TokenEnded, error) {
	user := session.User(ctx)
	_, err := a.db.Change(ctx, func(tx postgres.Tx) (none event.Draft, err error) {
		tag, err := tx.Exec(ctx, `DELETE FROM api_tokens WHERE id = $1 AND user_id = $2`, req.ID, user)
		if err == nil && tag.RowsAffected() == 0 {
			err = errTokenNotFound
		}
		if err != nil {
			return none, err
		}
		return event.Of(ctx, event.AuthSessionsEnded, event.SessionsEnded{
			// Longer than any access token that is being given now can live.
			UserID: user, SessionID: req.ID, ExpiresAt: timestamp.Of(time.Now().Add(2 * session.AccessLifetime)),
		})
	})
	if err == nil {
		securitylog.Note(ctx, securitylog.SessionEnded, securitylog.User(user))
	}
	return TokenEnded{Message: "Token ended."}, err
}
