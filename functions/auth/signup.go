package auth

import (
	"context"
	"net/http"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
)

// SignUpRequest is a new user's.
type SignUpRequest struct {
	Credentials
	visitor
}

// SignUp creates a user and signs in. Of several calls with one e-mail address, one succeeds.
//
// Errors: errInvalidCredentials, errEmailExists.
func (a *Auth) SignUp(ctx context.Context, req SignUpRequest) (Session, error) {
	email, password, err := req.chosen(a.common)
	if err != nil {
		return Session{}, err
	}
	hash, err := a.passwords.hash(ctx, password)
	if err != nil {
		return Session{}, err
	}
	var cookie *http.Cookie
	_, err = a.db.Change(ctx, func(tx postgres.Tx) (ended event.Draft, err error) {
		id, err := postgres.One(ctx, tx, pgx.RowTo[int32], `
			INSERT INTO users (email, password_hash) VALUES ($1, $2) ON CONFLICT (email) DO NOTHING RETURNING id`, email, hash)
		if err != nil {
			return ended, postgres.NoRows(err, errEmailExists)
		}
		cookie, ended, err = a.open(ctx, tx, user{id: id, email: email}, req.visitor)
		return ended, err
	})
	return Session{Message: "User created.", cookie: cookie}, err
}
