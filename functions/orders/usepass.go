package orders

import (
	"context"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/timestamp"
)

// PassRequest is what was read from a pass. It is in the body, since addresses are logged.
type PassRequest struct {
	Code string `json:"code" maxLength:"1024" example:"eyJhbGciOiJFZERTQSJ9.eyJvcmRlciI6MX0.c2lnbmF0dXJl"`
}

// CheckPass returns the pass that a code is of, and changes nothing. Without a genuine code there is nothing to be learned, by anyone.
//
// Errors: ErrInvalidCode, ErrUnknownKey, ErrForged, ErrNotFound.
func (o *Orders) CheckPass(ctx context.Context, req PassRequest) (Pass, error) {
	code, err := o.passKeys.verify(req.Code)
	if err != nil {
		return Pass{}, err
	}
	pass, err := findPass(ctx, o.db, code.OrderID)
	pass.IssuedAt = timestamp.Of(code.IssuedAt.Time)
	return pass, err
}

// UsePass marks a pass of a ticket that the signed-in user sells as used. Of several who do at the same moment, one succeeds.
//
// Errors: those of CheckPass; ErrNotYoursToUse, ErrPassUsed, ErrPassVoid.
func (o *Orders) UsePass(ctx context.Context, req PassRequest) (Pass, error) {
	pass, err := o.CheckPass(ctx, req)
	switch {
	case err != nil:
		return Pass{}, err
	case pass.SellerID != session.User(ctx):
		return Pass{}, ErrNotYoursToUse
	}
	used := timestamp.Of(o.now())
	_, err = o.db.Change(ctx, func(tx postgres.Tx) (none event.Draft, err error) {
		tag, err := tx.Exec(ctx, `UPDATE orders SET pass_used_at = $2 WHERE id = $1 AND pass_used_at IS NULL AND `+passable, pass.OrderID, used)
		if err != nil || tag.RowsAffected() == 1 {
			return none, err
		}
		now, err := findPass(ctx, tx, pass.OrderID)
		if err == nil && now.Status == PassIsVoid {
			err = ErrPassVoid
		} else if err == nil {
			err = ErrPassUsed
		}
		return none, err
	})
	if err != nil {
		return Pass{}, err
	}
	pass.Status, pass.UsedAt = PassIsUsed, &used
	return pass, nil
}
