package auth

import (
	"context"
	"errors"
	"net/http"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/maillink"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

var errConfirmed = apierror.New(http.StatusConflict, "Email already confirmed.")

// ConfirmEmailRequest carries the token of a link.
type ConfirmEmailRequest struct {
	Token function.LooseString `json:"token"`
}

// Confirmed is the reply to a link that confirms an address.
type Confirmed struct {
	Message string `json:"message"`
}

// ConfirmEmail notes that its user reads the mail of the account's address, in any browser, signed in or not. Done again it changes nothing. An
// account keeps its address, so a link is for no other.
//
// Errors: errInvalidLink, errLinkExpired.
func (a *Auth) ConfirmEmail(ctx context.Context, req ConfirmEmailRequest) (Confirmed, error) {
	link, err := a.read(maillink.Confirm, string(req.Token))
	if err != nil {
		return Confirmed{}, err
	}
	_, err = a.db.Change(ctx, func(tx postgres.Tx) (event.Draft, error) { return confirm(ctx, tx, link.UserID) })
	return Confirmed{Message: "Email confirmed."}, err
}

// ConfirmAgainRequest asks for another mail.
type ConfirmAgainRequest struct{ visitor }

// ConfirmAgain sends the signed-in user another link that confirms the address; the ones before stay valid.
//
// Errors: errConfirmed, errTooManyAttempts.
func (a *Auth) ConfirmAgain(ctx context.Context, req ConfirmAgainRequest) (Mailed, error) {
	own, err := postgres.One(ctx, a.db, pgx.RowToStructByPos[event.Account], `SELECT `+accountColumns+` FROM users WHERE id = $1`, session.User(ctx))
	if err != nil {
		return Mailed{}, postgres.NoRows(err, apierror.ErrNotAuthorized)
	}
	if own.Confirmed {
		return Mailed{}, errConfirmed
	}
	attempt, err := a.attempts.begin(ctx, a.mails(own.Email, req.known, a.proxies.Client(req.hops))...)
	if err != nil {
		return Mailed{}, err
	}
	_, err = a.db.Change(ctx, func(postgres.Tx) (event.Draft, error) {
		_, mail, err := mailRequested(ctx, own.UserID, event.MailConfirm, confirmLifetime)
		return mail, err
	})
	if err != nil {
		return Mailed{}, errors.Join(err, attempt.giveBack(ctx))
	}
	return Mailed{Message: "Mail requested."}, nil
}
