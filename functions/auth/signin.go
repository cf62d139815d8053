package auth

import (
	"context"
	"net/http"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
)

// SignInRequest is one guess of a password, from somewhere.
type SignInRequest struct {
	Credentials
	visitor
}

// SignIn opens a session, in place of the one that the request carries. The attempt is counted before the password is looked at, and forgotten if it
// was right; a hash of an older kind is then replaced. No user costs as much time as a wrong password.
//
// Errors: errInvalidCredentials; errTooManyAttempts.
func (a *Auth) SignIn(ctx context.Context, req SignInRequest) (Session, error) {
	email, password, err := req.presented()
	if err != nil {
		return Session{}, err
	}
	from := a.proxies.Client(req.hops)
	if err := a.attempts.count(ctx, email, from); err != nil {
		return Session{}, err
	}
	u, err := a.findUser(ctx, email)
	if err != nil {
		return Session{}, err
	}
	ok, err := a.passwords.check(ctx, password, u.hash, u.bcrypts)
	if err != nil {
		return Session{}, err
	}
	if !ok {
		return Session{}, errInvalidCredentials
	}
	if err := a.attempts.forget(ctx, email, from); err != nil {
		return Session{}, err
	}
	if err := a.upgrade(ctx, u, password); err != nil {
		return Session{}, err
	}
	var cookie *http.Cookie
	_, err = a.db.Change(ctx, func(tx postgres.Tx) (ended event.Draft, err error) {
		cookie, ended, err = a.open(ctx, tx, u, req.visitor)
		return ended, err
	})
	return Session{Message: "User logged in.", cookie: cookie}, err
}

// user is what a sign-in needs to know.
type user struct {
	id         int32
	email      string
	generation int32  // of the sessions that it opens
	hash       string // "" if there is no such user
	bcrypts    bool   // some user still has a bcrypt hash
}

// findUser returns a user without a hash if there is none of that address.
func (a *Auth) findUser(ctx context.Context, email string) (user, error) {
	return postgres.One(ctx, a.db, func(row pgx.CollectableRow) (u user, err error) {
		err = row.Scan(&u.id, &u.email, &u.generation, &u.hash, &u.bcrypts)
		return u, err
	}, `SELECT coalesce(id, 0), wanted.email, coalesce(session_generation, 0), coalesce(password_hash, ''), EXISTS (SELECT FROM users WHERE password_hash LIKE '$2%')
		FROM (VALUES ($1::text)) AS wanted (email) LEFT JOIN users ON users.email = wanted.email`, email)
}

// upgrade replaces an outdated hash, unless it was changed meanwhile. Of a password longer than bcrypt's 72 bytes,
// what was typed now is what counts from now on: bcrypt never saw the rest of it.
func (a *Auth) upgrade(ctx context.Context, u user, password string) error {
	if !isOutdated(u.hash) {
		return nil
	}
	hash, err := a.passwords.hash(ctx, password)
	if err != nil {
		return err
	}
	_, err = a.db.Exec(ctx, `
		UPDATE users SET password_hash = $3, updated_at = now() WHERE id = $1 AND password_hash = $2`, u.id, u.hash, hash)
	return err
}
