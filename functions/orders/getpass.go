package orders

import (
	"context"

	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/timestamp"
)

// SignedPass is a pass and its code.
type SignedPass struct {
	Code string `json:"code"` // a JSON Web Token (RFC 7519), signed by a key of get-pass-keys: order, ticket, title (its beginning) and iat
	Pass
}

// GetPass returns the pass of a paid order of the signed-in user. Each time it has another code, and each is genuine: what is used once
// is the order's pass, whichever of its codes is shown.
//
// Errors: apierror.ErrInvalidID, ErrNotFound, ErrNotYoursToView, ErrNoPass.
func (o *Orders) GetPass(ctx context.Context, req function.ByID) (SignedPass, error) {
	pass, err := findPass(ctx, o.db, req.ID)
	switch {
	case err != nil:
		return SignedPass{}, err
	case pass.buyerID != session.User(ctx):
		return SignedPass{}, ErrNotYoursToView
	case pass.Status == PassIsVoid:
		return SignedPass{}, ErrNoPass
	}
	pass.IssuedAt = timestamp.Of(o.now())
	code, err := o.passKeys.sign(pass)
	return SignedPass{code, pass}, err
}

// GetPassKeys returns the public keys of passes, with which anyone can verify a code without asking here.
func (o *Orders) GetPassKeys(context.Context, function.None) (PassKeys, error) {
	return o.passKeys.public(), nil
}
