package auth

import (
	"context"
	"errors"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
)

// RequestResetRequest names an account by its address.
type RequestResetRequest struct {
	Email function.LooseString `json:"email" format:"email" maxLength:"64" example:"ada@example.com"`
	visitor
}

// RequestReset sends a link to an account's address that sets a new password, within 30 minutes and once; the ones before are invalid then. Where there is no such
// account it does the same: a link of no user is stored and announced. So neither the answer nor its time says who has an account.
//
// Errors: errInvalidEmail, errTooManyAttempts.
func (a *Auth) RequestReset(ctx context.Context, req RequestResetRequest) (Mailed, error) {
	who, ok := whose(string(req.Email))
	if !ok {
		return Mailed{}, errInvalidEmail
	}
	attempt, err := a.attempts.begin(ctx, a.mails(who.email, req.known, a.proxies.Client(req.hops))...)
	if err != nil {
		return Mailed{}, err
	}
	u, err := a.findUser(ctx, who)
	if err != nil {
		return Mailed{}, errors.Join(err, attempt.giveBack(ctx))
	}
	_, err = a.db.Change(ctx, func(tx postgres.Tx) (event.Draft, error) {
		m, mail, err := mailRequested(ctx, u.id, event.MailReset, resetLifetime)
		if err != nil {
			return mail, err
		}
		_, err = tx.Exec(ctx, `INSERT INTO password_resets (id, user_id, expires_at) VALUES ($1, $2, $3)`, m.ID, m.UserID, m.ExpiresAt)
		return mail, err
	})
	if err != nil {
		return Mailed{}, errors.Join(err, attempt.giveBack(ctx))
	}
	return Mailed{Message: "Mail requested."}, nil
}
