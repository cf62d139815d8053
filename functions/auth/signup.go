package auth

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/securitylog"
)

// SignUpRequest is a new user's.
type SignUpRequest struct {
	Credentials
	visitor
}

// SignUp creates a user, signs in, and sends a link that confirms the address. Of several calls with one e-mail address, one succeeds.
//
// Errors: errInvalidCredentials, errEmailExists; errTooManyAttempts.
func (a *Auth) SignUp(ctx context.Context, req SignUpRequest) (Session, error) {
	place, err := a.passwords.signUps.join()
	if err != nil {
		return Session{}, err
	}
	defer place.leave()
	who, password, err := req.chosen(a.rules)
	if err != nil {
		return Session{}, err
	}
	from := a.proxies.Client(req.hops)
	var budgets []budget
	if from.IsValid() {
		budgets = append(budgets, a.attempts.budget("sign-ups", networkOf(from), a.signUps.PerAddress, time.Hour))
	}
	attempt, err := a.attempts.begin(ctx, budgets...)
	if err != nil {
		return Session{}, err
	}
	reply, err := a.createUser(ctx, place, who, password, req.visitor)
	// What says who has an account, or which passwords have leaked, counts.
	if err != nil && !errors.Is(err, errEmailExists) && !errors.Is(err, errInvalidCredentials) {
		return Session{}, errors.Join(err, attempt.giveBack(ctx))
	}
	return reply, err
}

func (a *Auth) createUser(ctx context.Context, in *place, who account, password string, v visitor) (Session, error) {
	if a.breaches.has(ctx, password) {
		return Session{}, errInvalidCredentials.On("password", "Invalid password.")
	}
	hash, err := a.passwords.hash(ctx, in, password)
	if err != nil {
		return Session{}, err
	}
	u := user{email: who.email}
	reply := Session{Message: "User created.", device: a.devices.remember(v.known, who.email)}
	_, err = a.db.ChangeManyInTurn(ctx, who.email, func(tx postgres.Tx) (drafts []event.Draft, err error) {
		if u.id, err = insertUser(ctx, tx, who, hash); err != nil {
			return nil, err
		}
		var ended event.Draft
		if reply.cookie, ended, err = a.open(ctx, tx, u, v); err != nil {
			return nil, err
		}
		account, err := accountChanged(ctx, event.Account{UserID: u.id, Email: u.email})
		if err != nil {
			return nil, err
		}
		_, mail, err := mailRequested(ctx, u.id, event.MailConfirm, confirmLifetime)
		return []event.Draft{account, mail, ended}, err
	})
	if err == nil {
		securitylog.Note(ctx, securitylog.UserCreated, securitylog.User(u.id), securitylog.Network(a.proxies.Client(v.hops)))
	}
	return reply, err
}

// insertUser stores a user who has no account under any spelling of the address. It is this address's turn: an id is taken only
// when the row is sure to be stored.
//
// Errors: errEmailExists.
func insertUser(ctx context.Context, tx postgres.Tx, who account, hash string) (int32, error) {
	id, err := postgres.One(ctx, tx, pgx.RowTo[int32], `
		INSERT INTO users (email, password_hash)
		SELECT $1, $2 WHERE NOT EXISTS (SELECT FROM users WHERE email = ANY($3))
		ON CONFLICT (email) DO NOTHING RETURNING id`, who.email, hash, who.spellings)
	return id, postgres.NoRows(err, errEmailExists)
}
