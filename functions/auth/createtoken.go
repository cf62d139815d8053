package auth

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/securitylog"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/text"
	"github.com/gittix/ticketing/shared/timestamp"
)

// CreateTokenRequest is a new token for a program.
type CreateTokenRequest struct {
	Name      function.LooseString `json:"name" example:"box office"`                                  // 1 to 64 characters, for its user to know it by
	Scopes    []session.Scope      `json:"scopes" example:"[\"read\", \"sell\"]"`                      // read, sell, buy: one at least
	ExpiresAt *timestamp.Time      `json:"expiresAt,omitempty" example:"\"2099-12-31T23:59:59.000Z\""` // missing: never
}

// Validate checks the fields, and puts them into one form.
func (r *CreateTokenRequest) Validate() error {
	name, ok := text.Line(string(r.Name), longestTokenName)
	if !ok || name == "" {
		return errInvalidName
	}
	r.Name = function.LooseString(name)
	slices.Sort(r.Scopes)
	r.Scopes = slices.Compact(r.Scopes)
	unknown := func(s session.Scope) bool { return !slices.Contains(session.Scopes(), s) }
	if len(r.Scopes) == 0 || slices.ContainsFunc(r.Scopes, unknown) {
		return errInvalidScopes
	}
	if r.ExpiresAt != nil && !r.ExpiresAt.After(time.Now()) {
		return errInvalidExpiry
	}
	return nil
}

// TokenCreated is the reply to a new token: the only one that shows it.
type TokenCreated struct {
	Message  string   `json:"message"`
	Token    string   `json:"token" example:"ticketing_kbHnJqLCvVDjVhYXfL2W0d5uXnJ7yZyqS1o3bF0mQeA"`
	APIToken APIToken `json:"apiToken"`
}

// CreateToken makes a token by which a program acts for the signed-in user, within its scopes: it exchanges it for access tokens. It ends when its
// user ends it, or sets a new password, or an operator ends the user's sessions.
//
// Errors: errInvalidName, errInvalidScopes, errInvalidExpiry, errTooManyTokens.
func (a *Auth) CreateToken(ctx context.Context, req CreateTokenRequest) (TokenCreated, error) {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	reply := TokenCreated{Message: "Token created.", Token: tokenPrefix + base64.RawURLEncoding.EncodeToString(secret)}
	mine, _ := session.FromContext(ctx)
	_, err := a.db.ChangeInTurn(ctx, mine.UserID(), func(tx postgres.Tx) (none event.Draft, err error) {
		n, err := postgres.One(ctx, tx, pgx.RowTo[int], `SELECT count(*) FROM api_tokens WHERE user_id = $1`, mine.UserID())
		if err == nil && n >= mostTokens {
			err = errTooManyTokens
		}
		if err != nil {
			return none, err
		}
		// The lock: who ends all sessions at this moment ends this token, too, or finds that the session has ended.
		reply.APIToken, err = postgres.One(ctx, tx, pgx.RowToStructByPos[APIToken], `
			WITH u AS (SELECT id, session_generation FROM users WHERE id = $2 AND session_generation <= $3 FOR SHARE)
			INSERT INTO api_tokens (id, user_id, generation, hash, name, scopes, expires_at) SELECT $1, u.id, u.session_generation, $4, $5, $6, $7 FROM u
			RETURNING `+apiColumns, rand.Text(), mine.UserID(), mine.Generation, hashOf(reply.Token), string(req.Name), req.Scopes, req.ExpiresAt)
		return none, postgres.NoRows(err, apierror.ErrNotAuthorized)
	})
	if err == nil {
		securitylog.Note(ctx, securitylog.TokenCreated, securitylog.User(mine.UserID()))
	}
	return reply, err
}
