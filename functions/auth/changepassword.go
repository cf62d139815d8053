package auth

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/securitylog"
	"github.com/gittix/ticketing/shared/session"
)

// ChangePasswordRequest replaces the user's password. Who knows the session only cannot: it takes the current one.
type ChangePasswordRequest struct {
	Current function.LooseString `json:"currentPassword" example:"correct horse battery"`
	New     function.LooseString `json:"newPassword" example:"staple battery horse"` // by the rules for new users
	visitor
}

// ChangePassword replaces the user's password, and ends all of the user's sessions and tokens for programs; the answer brings this device a new one.
// A wrong current password counts as a refused sign-in.
//
// Errors: errInvalidCredentials, on a field; errTooManyAttempts.
func (a *Auth) ChangePassword(ctx context.Context, req ChangePasswordRequest) (Session, error) {
	email, err := postgres.One(ctx, a.db, pgx.RowTo[string], `SELECT email FROM users WHERE id = $1`, session.User(ctx))
	if err != nil {
		return Session{}, postgres.NoRows(err, apierror.ErrNotAuthorized)
	}
	who, current, err := Credentials{function.LooseString(email), req.Current}.presented()
	if err != nil {
		return Session{}, err
	}
	if !a.rules.allow(string(req.New), who.email) {
		return Session{}, errInvalidCredentials.On("newPassword", "Invalid password.")
	}
	from := a.proxies.Client(req.hops)
	u, err := a.authenticate(ctx, who, current, a.guesses(who.email, req.known, from)...)
	if errors.Is(err, errInvalidCredentials) {
		securitylog.Note(ctx, securitylog.PasswordChangeFailed, securitylog.User(session.User(ctx)), securitylog.Network(from))
		return Session{}, errInvalidCredentials.On("currentPassword", "Invalid password.")
	}
	if err == nil && u.id != session.User(ctx) { // the address is another account's by now
		err = apierror.ErrNotAuthorized
	}
	if err != nil {
		noteSignIn(ctx, err, from)
		return Session{}, err
	}
	return a.setPassword(ctx, u, string(req.New), req.visitor)
}

// setPassword replaces the password that a user has been authenticated by, unless it was replaced meanwhile.
//
// Errors: errInvalidCredentials, on a field.
func (a *Auth) setPassword(ctx context.Context, u user, password string, v visitor) (Session, error) {
	if a.breaches.has(ctx, password) {
		return Session{}, errInvalidCredentials.On("newPassword", "Invalid password.")
	}
	hash, err := a.hashAgain(ctx, password)
	if err != nil {
		return Session{}, err
	}
	reply := Session{Message: "Password changed."}
	_, err = a.db.Change(ctx, func(tx postgres.Tx) (ended event.Draft, err error) {
		tag, err := tx.Exec(ctx, `
			UPDATE users SET password_hash = $3, updated_at = now() WHERE id = $1 AND password_hash = $2`, u.id, u.hash, hash)
		if err == nil && tag.RowsAffected() == 0 {
			err = errInvalidCredentials.On("currentPassword", "Invalid password.")
		}
		if err != nil {
			return ended, err
		}
		if u.generation, ended, err = endSessions(ctx, tx, u.id); err != nil {
			return ended, err
		}
		v.token = "" // that session has ended with the others
		reply.cookie, _, err = a.open(ctx, tx, u, v)
		return ended, err
	})
	if err == nil {
		securitylog.Note(ctx, securitylog.PasswordChanged, securitylog.User(u.id), securitylog.Network(a.proxies.Client(v.hops)))
	}
	return reply, err
}
