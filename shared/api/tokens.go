package api

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/timestamp"
)

// What auth may answer about tokens for programs.
var (
	ErrNoSuchToken   = apierror.New(http.StatusNotFound, "Token not found.")
	ErrInvalidName   = apierror.New(http.StatusBadRequest, "Invalid name.")
	ErrInvalidScopes = apierror.New(http.StatusBadRequest, "Invalid scopes.")
	ErrTooManyTokens = apierror.New(http.StatusTooManyRequests, "Too many tokens.")
)

// Token is what a user sees of a token for programs: not the token itself.
type Token struct {
	ID        string
	Name      string
	Scopes    []session.Scope
	CreatedAt timestamp.Time
	UsedAt    *timestamp.Time // last, to the minute; nil: never
	ExpiresAt *timestamp.Time // nil: never
}

// NewToken is a token to be made.
type NewToken struct {
	Name      string          `json:"name"`
	Scopes    []session.Scope `json:"scopes"`
	ExpiresAt *timestamp.Time `json:"expiresAt,omitempty"` // nil: never
}

// Tokens lists the user's tokens, newest first.
//
// Errors: apierror.ErrNotAuthorized.
func (s *Session) Tokens(ctx context.Context) (all []Token, err error) {
	_, err = s.do(ctx, call{method: http.MethodGet, path: "/api/users/tokens", out: &all})
	return all, err
}

// CreateToken makes a token and returns it. It is shown nowhere else.
//
// Errors: apierror.ErrNotAuthorized, ErrInvalidName, ErrInvalidScopes, ErrTooManyTokens.
func (s *Session) CreateToken(ctx context.Context, t NewToken) (string, error) {
	var reply struct{ Token string }
	_, err := s.do(ctx, call{method: http.MethodPost, path: "/api/users/tokens", in: t, out: &reply})
	return reply.Token, err
}

// EndToken ends one of the user's tokens.
//
// Errors: apierror.ErrNotAuthorized, ErrNoSuchToken.
func (s *Session) EndToken(ctx context.Context, id string) error {
	if strings.Trim(id, ".") == "" { // no segment of a path
		return ErrNoSuchToken
	}
	_, err := s.do(ctx, call{method: http.MethodPost, path: "/api/users/tokens/" + url.PathEscape(id) + "/end"})
	return err
}
