package auth

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/securitylog"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/timestamp"
)

// ExchangeTokenRequest carries a token for programs.
type ExchangeTokenRequest struct {
	Token function.LooseString `json:"token" example:"ticketing_kbHnJqLCvVDjVhYXfL2W0d5uXnJ7yZyqS1o3bF0mQeA"`
}

// Access is what a program acts by.
type Access struct {
	AccessToken string          `json:"accessToken"` // goes into the header Authorization, after "Bearer "
	TokenType   string          `json:"tokenType" example:"Bearer"`
	Scopes      []session.Scope `json:"scopes"`
	ExpiresAt   timestamp.Time  `json:"expiresAt"` // ask for another before
}

// ExchangeToken returns an access token for a token of a program. Services take it, without asking anyone, for a quarter of an hour.
//
// Errors: errInvalidToken: there is none such, or it has ended or expired.
func (a *Auth) ExchangeToken(ctx context.Context, req ExchangeTokenRequest) (Access, error) {
	if !strings.HasPrefix(string(req.Token), tokenPrefix) {
		return Access{}, errInvalidToken
	}
	type found struct {
		ID                 string
		UserID, Generation int32
		Scopes             []session.Scope
		ExpiresAt          *timestamp.Time
		Noted              bool
	}
	t, err := postgres.One(ctx, a.db, pgx.RowToStructByPos[found], `
		SELECT t.id, u.id, u.session_generation, t.scopes, t.expires_at, coalesce(t.used_at > now() - interval '1 minute', false)
		FROM api_tokens t JOIN users u ON u.id = t.user_id WHERE t.hash = $1 AND (t.expires_at IS NULL OR t.expires_at > now()) AND `+living, hashOf(string(req.Token)))
	if err != nil {
		err = postgres.NoRows(err, errInvalidToken)
		if err == errInvalidToken { //nolint:errorlint // NoRows returns it as it is
			securitylog.Note(ctx, securitylog.SessionRefused)
		}
		return Access{}, err
	}
	if !t.Noted {
		if _, err := a.db.Exec(ctx, `UPDATE api_tokens SET used_at = now() WHERE id = $1`, t.ID); err != nil {
			return Access{}, err
		}
	}
	until := timestamp.Of(time.Now().Add(session.AccessLifetime).Truncate(time.Second))
	if t.ExpiresAt != nil && t.ExpiresAt.Before(until.Time) {
		until = *t.ExpiresAt
	}
	signed, err := a.keys.Access(t.UserID, t.Generation, t.ID, t.Scopes, until.Time)
	return Access{AccessToken: signed, TokenType: "Bearer", Scopes: t.Scopes, ExpiresAt: until}, err
}
