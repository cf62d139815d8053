package auth

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/maillink"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/securitylog"
)

// ResetPasswordRequest sets a new password by the token of a link.
type ResetPasswordRequest struct {
	Token    function.LooseString `json:"token"`
	Password function.LooseString `json:"password" example:"staple battery horse"` // by the rules for new users
	visitor
}

// PasswordReset is the reply to a new password. It opens no session: who has it signs in.
type PasswordReset struct {
	Message string `json:"message"`
}

// usable is true of the link $1 of the user $2 that the last mail brought, until it was used or has expired.
const usable = `id = $1 AND seq = (SELECT max(seq) FROM password_resets WHERE user_id = $2) AND used_at IS NULL AND expires_at > now()`

// ResetPassword sets a new password by a link that was sent to the account's address, which that confirms, too, and ends all of the user's sessions and tokens for programs.
// A link is used once, and only the last one that was asked for.
//
// Errors: errInvalidLink, errLinkExpired; errInvalidCredentials, on a field.
func (a *Auth) ResetPassword(ctx context.Context, req ResetPasswordRequest) (PasswordReset, error) {
	link, err := a.read(maillink.Reset, string(req.Token))
	if err != nil {
		return PasswordReset{}, err
	}
	email, err := postgres.One(ctx, a.db, pgx.RowTo[string], `
		SELECT (SELECT email FROM users WHERE id = $2) FROM password_resets WHERE `+usable, link.ID, link.UserID)
	if err != nil {
		return PasswordReset{}, postgres.NoRows(err, errInvalidLink)
	}
	if !a.rules.allow(string(req.Password), email) || a.breaches.has(ctx, string(req.Password)) {
		return PasswordReset{}, errInvalidCredentials.On("password", "Invalid password.")
	}
	hash, err := a.hashAgain(ctx, string(req.Password))
	if err != nil {
		return PasswordReset{}, err
	}
	from := a.proxies.Client(req.hops)
	who, _ := whose(email)
	_, err = a.db.ChangeMany(ctx, func(tx postgres.Tx) ([]event.Draft, error) {
		used, err := tx.Exec(ctx, `UPDATE password_resets SET used_at = now() WHERE `+usable, link.ID, link.UserID)
		if err == nil && used.RowsAffected() == 0 {
			err = errInvalidLink
		}
		if err != nil {
			return nil, err
		}
		if _, err := tx.Exec(ctx, `UPDATE users SET password_hash = $2, updated_at = now() WHERE id = $1`, link.UserID, hash); err != nil {
			return nil, err
		}
		if err := a.attempts.forget(ctx, tx, a.guesses(who.email, req.known, from)); err != nil {
			return nil, err
		}
		_, ended, err := endSessions(ctx, tx, link.UserID)
		if err != nil {
			return nil, err
		}
		account, err := confirm(ctx, tx, link.UserID) // and says that they have ended
		return []event.Draft{account, ended}, err
	})
	if err == nil {
		securitylog.Note(ctx, securitylog.PasswordChanged, securitylog.User(link.UserID), securitylog.Network(from))
	}
	return PasswordReset{Message: "Password changed."}, err
}
