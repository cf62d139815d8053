package api

import (
	"context"
	"net/http"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/timestamp"
)

// What orders may answer about passes.
var (
	ErrNoPass        = apierror.New(http.StatusConflict, "Order has no pass.")
	ErrInvalidCode   = apierror.New(http.StatusBadRequest, "Invalid code.")
	ErrUnknownKey    = apierror.New(http.StatusBadRequest, "The code's key is not in use.")
	ErrForged        = apierror.New(http.StatusBadRequest, "The code is not genuine.")
	ErrNotYoursToUse = apierror.New(http.StatusUnauthorized, "You are not authorized to mark this pass as used.")
	ErrPassUsed      = apierror.New(http.StatusConflict, "The pass was used before.")
	ErrPassVoid      = apierror.New(http.StatusConflict, "The pass is not valid.")
)

// Pass is what the buyer of a paid order shows, and the seller of its ticket marks as used.
type Pass struct {
	Code     string // of the buyer's own pass alone
	OrderID  int32
	TicketID int32
	Title    string
	SellerID int32
	Status   string // valid, used or void
	IssuedAt timestamp.Time
	UsedAt   *timestamp.Time
}

// Pass returns the pass of an order of the user's own.
//
// Errors: apierror.ErrNotAuthorized, ErrNoSuchOrder, ErrNotYoursToView, ErrNoPass.
func (s *Session) Pass(ctx context.Context, orderID int32) (p Pass, err error) {
	_, err = s.do(ctx, call{method: http.MethodGet, path: orderPath(orderID) + "/pass", out: &p})
	return p, err
}

// CheckPass returns the pass that a code is of.
//
// Errors: ErrInvalidCode, ErrUnknownKey, ErrForged, ErrNoSuchOrder.
func (s *Session) CheckPass(ctx context.Context, code string) (Pass, error) {
	return s.sendCode(ctx, "/api/orders/pass/check", code)
}

// UsePass marks a pass as used.
//
// Errors: those of CheckPass; apierror.ErrNotAuthorized, ErrNotYoursToUse, ErrPassUsed, ErrPassVoid.
func (s *Session) UsePass(ctx context.Context, code string) (Pass, error) {
	return s.sendCode(ctx, "/api/orders/pass/use", code)
}

func (s *Session) sendCode(ctx context.Context, path, code string) (p Pass, err error) {
	_, err = s.do(ctx, call{method: http.MethodPost, path: path, in: map[string]string{"code": code}, out: &p})
	return p, err
}
