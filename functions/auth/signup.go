package auth

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/postgres"
)

// SignUpRequest is a new user's.
type SignUpRequest struct{ Credentials }

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
	id, err := postgres.One(ctx, a.db, pgx.RowTo[int32], `
		INSERT INTO users (email, password_hash) VALUES ($1, $2) ON CONFLICT (email) DO NOTHING RETURNING id`, email, hash)
	if err != nil {
		return Session{}, postgres.NoRows(err, errEmailExists)
	}
	return a.open(id, email, "User created.")
}
