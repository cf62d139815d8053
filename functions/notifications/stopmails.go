package notifications

import (
	"context"
	"net/http"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/maillink"
)

// ErrInvalidLink is the refusal of a link that is not ours.
var ErrInvalidLink = apierror.New(http.StatusBadRequest, "Invalid link.")

// UnsubscribeRequest is what a mail's link holds. Mail programs send it with a form that says no more.
type UnsubscribeRequest struct {
	Token string `json:"-" query:"token" example:"eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl"`
}

// Bind reads the query.
func (r *UnsubscribeRequest) Bind(req *http.Request) error {
	r.Token = req.URL.Query().Get("token")
	return nil
}

// StopMails ends the mails that need not be, for the user whose mail had the link (RFC 8058: one click, without a session).
//
// Errors: ErrInvalidLink.
func (n *Notifications) StopMails(ctx context.Context, req UnsubscribeRequest) (Preferences, error) {
	link, err := n.links.Verify(maillink.Unsubscribe, req.Token)
	if err != nil {
		return Preferences{}, ErrInvalidLink.With(err)
	}
	return n.prefer(ctx, link.UserID, Preferences{OptionalMails: false})
}
