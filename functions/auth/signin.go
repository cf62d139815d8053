package auth

import (
	"context"
	"errors"
	"net/netip"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/securitylog"
)

// SignInRequest is one guess of a password, from somewhere.
type SignInRequest struct {
	Credentials
	visitor
}

// SignIn opens a session, in place of the one that the request carries. No user costs as much time as a wrong password.
//
// Errors: errInvalidCredentials; errTooManyAttempts.
func (a *Auth) SignIn(ctx context.Context, req SignInRequest) (Session, error) {
	who, password, err := req.presented()
	if err != nil {
		return Session{}, err
	}
	from := a.proxies.Client(req.hops)
	u, err := a.authenticate(ctx, who, password, a.guesses(who.email, req.known, from)...)
	if err != nil {
		noteSignIn(ctx, err, from)
		return Session{}, err
	}
	reply := Session{Message: "User logged in.", device: a.devices.remember(req.known, who.email)}
	_, err = a.db.Change(ctx, func(tx postgres.Tx) (ended event.Draft, err error) {
		reply.cookie, ended, err = a.open(ctx, tx, u, req.visitor)
		return ended, err
	})
	if err == nil {
		securitylog.Note(ctx, securitylog.SignedIn, securitylog.User(u.id), securitylog.Network(from))
	}
	return reply, err
}

func noteSignIn(ctx context.Context, err error, from netip.Addr) {
	switch {
	case errors.Is(err, errInvalidCredentials):
		securitylog.Note(ctx, securitylog.SignInFailed, securitylog.Network(from))
	case errors.Is(err, errTooManyAttempts):
		securitylog.Note(ctx, securitylog.SignInLimited, securitylog.Network(from))
	}
}

// guesses returns the budgets of a sign-in: see budgets.
func (a *Auth) guesses(email, known string, from netip.Addr) []budget {
	return a.budgets("", a.limits, email, known, from)
}

// authenticate returns the user that the password is of. The attempt is counted before the password is looked at, and given back
// if it was right or nothing was learned; a hash of an older kind is then replaced.
//
// Errors: errInvalidCredentials; errTooManyAttempts.
func (a *Auth) authenticate(ctx context.Context, who account, password string, budgets ...budget) (user, error) {
	place, err := a.passwords.signIns.join()
	if err != nil {
		return user{}, err
	}
	defer place.leave()
	attempt, err := a.attempts.begin(ctx, budgets...)
	if err != nil {
		return user{}, err
	}
	u, err := a.findUser(ctx, who)
	if err != nil {
		return user{}, errors.Join(err, attempt.giveBack(ctx))
	}
	ok, err := a.passwords.check(ctx, place, password, u.hash, u.bcrypts)
	if err != nil {
		return user{}, errors.Join(err, attempt.giveBack(ctx))
	}
	if !ok {
		return user{}, errInvalidCredentials
	}
	if err := attempt.succeed(ctx); err != nil {
		return user{}, err
	}
	u.hash, err = a.upgrade(ctx, u, password)
	return u, err
}

// user is what a sign-in needs to know.
type user struct {
	id         int32
	email      string // as it is stored
	generation int32  // of the sessions that it opens
	hash       string // "" if there is no such user
	bcrypts    bool   // some user still has a bcrypt hash
}

// findUser returns a user without a hash if there is none of that address.
func (a *Auth) findUser(ctx context.Context, who account) (user, error) {
	return postgres.One(ctx, a.db, func(row pgx.CollectableRow) (u user, err error) {
		err = row.Scan(&u.id, &u.email, &u.generation, &u.hash, &u.bcrypts)
		return u, err
	}, `SELECT coalesce(id, 0), coalesce(email, ''), coalesce(session_generation, 0), coalesce(password_hash, ''), EXISTS (SELECT FROM users WHERE password_hash LIKE '$2%')
		FROM (SELECT) AS nothing LEFT JOIN LATERAL (
			SELECT * FROM users WHERE email = ANY($1) ORDER BY array_position($1, email) LIMIT 1) AS found ON true`, who.spellings)
}

// upgrade replaces an outdated hash, unless it was changed meanwhile, and returns what it should be now. Of a password longer than bcrypt's 72 bytes,
// what was typed now is what counts from now on: bcrypt never saw the rest of it.
func (a *Auth) upgrade(ctx context.Context, u user, password string) (string, error) {
	if !a.passwords.isOutdated(u.hash) {
		return u.hash, nil
	}
	hash, err := a.hashAgain(ctx, password)
	if errors.Is(err, errQueueFull) {
		return u.hash, nil // who was right is in; the next sign-in will do
	}
	if err != nil {
		return "", err
	}
	_, err = a.db.Exec(ctx, `
		UPDATE users SET password_hash = $3, updated_at = now() WHERE id = $1 AND password_hash = $2`, u.id, u.hash, hash)
	return hash, err
}

// hashAgain hashes a password of a user who has been authenticated.
func (a *Auth) hashAgain(ctx context.Context, password string) (string, error) {
	place, err := a.passwords.signIns.join()
	if err != nil {
		return "", err
	}
	return a.passwords.hash(ctx, place, password)
}
