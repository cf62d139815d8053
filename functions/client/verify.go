package client

import (
	"context"
	"errors"
	"net/http"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
)

// verifyView is a pass as whoever has read its code sees it.
type verifyView struct {
	api.Pass
	Address string
	Mine    bool // the visitor sells the ticket
	Marked  bool // as used, just now, by the visitor
	Problem string
}

// VerifyPage shows whether a code is a genuine pass, and whether it was used. To look changes nothing.
func (s *Site) VerifyPage(ctx context.Context, v visit) (answer, error) {
	pass, err := v.api.CheckPass(ctx, v.PathValue("code"))
	if err != nil {
		return notGenuine(err)
	}
	return showVerified(v, verifyView{Pass: pass}), nil
}

// UsePass marks the pass as used, and answers with that: an address that said so could be printed on a copy.
func (s *Site) UsePass(ctx context.Context, v visit) (answer, error) {
	code := v.PathValue("code")
	pass, err := v.api.UsePass(ctx, code)
	if err == nil {
		return showVerified(v, verifyView{Pass: pass, Marked: true}), nil
	}
	view := verifyView{}
	switch {
	case errors.Is(err, api.ErrPassUsed):
		view.Problem = "It was used before. Nothing was changed."
	case errors.Is(err, api.ErrPassVoid):
		view.Problem = "It is no longer valid. Nothing was changed."
	case errors.Is(err, api.ErrNotYoursToUse):
		return say(http.StatusForbidden, message{"This is somebody else's ticket", "Only the person who sells a ticket can mark its passes as used.", verifyPath(v), "Look at the pass"}), nil
	default:
		return notGenuine(err)
	}
	if view.Pass, err = v.api.CheckPass(ctx, code); err != nil {
		return notGenuine(err)
	}
	return showVerified(v, view).with(http.StatusConflict), nil
}

func showVerified(v visit, view verifyView) answer {
	view.Address, view.Mine = verifyPath(v), v.hasSession() && view.SellerID == v.claims.UserID()
	return show("verify", "Pass", view)
}

func verifyPath(v visit) string { return "/verify/" + v.PathValue("code") }

// notGenuine says what is wrong with a code. Other errors are returned.
func notGenuine(err error) (answer, error) {
	var why string
	switch {
	case errors.Is(err, api.ErrInvalidCode):
		why = "This is no code of a pass, or only a part of one. Read it again."
	case errors.Is(err, api.ErrForged):
		why = "Somebody has made or changed this code who could not sign it. Do not let it pass."
	case errors.Is(err, api.ErrUnknownKey):
		why = "Its signature is by a key that we do not use, or no longer do. The buyer can open the pass again, on the page of the order: a genuine one then has a new code."
	case errors.Is(err, api.ErrNoSuchOrder):
		why = "There is no such order."
	default:
		return answer{}, err
	}
	return say(apierror.From(err).Status, message{"This is not a genuine pass", why, "/", "All tickets"}), nil
}
