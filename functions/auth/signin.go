package auth

import (
	"context"
	"net/http"
)

// SignInRequest is one guess of a password, from somewhere.
type SignInRequest struct {
	Credentials
	caller caller
}

// Bind notes where the request comes from.
func (r *SignInRequest) Bind(req *http.Request) error {
	r.caller = callerOf(req)
	return nil
}

// SignIn opens a session. The attempt is counted before the password is looked at, and forgotten if it
// was right; a hash of an older kind is then replaced. No user costs as much time as a wrong password.
//
// Errors: errInvalidCredentials; errTooManyAttempts.
func (a *Auth) SignIn(ctx context.Context, req SignInRequest) (Session, error) {
	email, password, err := req.presented()
	if err != nil {
		return Session{}, err
	}
	from := req.caller.address(a.proxies)
	if err := a.attempts.count(ctx, email, from); err != nil {
		return Session{}, err
	}
	u, err := a.store.findUser(ctx, email)
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
	return a.open(u.id, email, "User logged in.")
}

// upgrade replaces an outdated hash. Of a password longer than bcrypt's 72 bytes, what was typed now is
// what counts from now on: bcrypt never saw the rest of it.
func (a *Auth) upgrade(ctx context.Context, u user, password string) error {
	if !isOutdated(u.hash) {
		return nil
	}
	hash, err := a.passwords.hash(ctx, password)
	if err != nil {
		return err
	}
	return a.store.replaceHash(ctx, u, hash)
}
