package auth

import "context"

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
	id, err := a.store.insertUser(ctx, email, hash)
	if err != nil {
		return Session{}, err
	}
	return a.open(id, email, "User created.")
}
