package client

import (
	"context"
	"errors"
	"net/http"

	"github.com/gittix/ticketing/shared/api"
)

// resetView is the form to set a new password by a link.
type resetView struct {
	form
	Action string
}

// ResetPage shows the form. It calls no service, and does not use the link up.
func (s *Site) ResetPage(_ context.Context, v visit) (answer, error) {
	return showReset(v)(resetForm()), nil
}

// Reset sets a new password by a link from a mail.
func (s *Site) Reset(ctx context.Context, v visit) (answer, error) {
	f := resetForm()
	err := v.api.ResetPassword(ctx, v.PathValue("token"), v.PostFormValue("password"))
	if a, is := badLink(err, message{"", "", "/auth/forgot", "Ask for another link"}); is {
		return a, nil
	}
	if f.mark(err); !f.ok() {
		return showReset(v)(f).with(http.StatusBadRequest), nil
	}
	if a, is := v.kept(f, showReset(v), err); is {
		return a, nil
	}
	a := say(http.StatusOK, message{"Your password is changed", "Wherever you were signed in, you are no more, and programs need new tokens. Webhooks go on: look through them on your account's page.", "/auth/signin", "Sign in"})
	if err == nil && v.hasSession() { // it has ended, unless it is another user's than the link
		claims, unknown := v.api.CurrentUser(ctx)
		a.sessionOver = unknown == nil && claims == nil
	}
	return a, err
}

func showReset(v visit) func(form) answer {
	return func(f form) answer { return show("reset", "A new password", resetView{f, v.URL.Path}) }
}

func resetForm() form { return form{Fields: []field{newPasswordField("password", "New password")}} }

// badLink is the page for a link that auth does not take, with a way on.
func badLink(err error, m message) (answer, bool) {
	switch {
	case errors.Is(err, api.ErrLinkExpired):
		m.Heading, m.Text = "This link has expired", "Nothing was changed. Links in mails work for a while only, so that nobody finds them later."
	case errors.Is(err, api.ErrInvalidLink):
		m.Heading, m.Text = "This link does not work", "Nothing was changed. Perhaps it was used before, or it is not the newest one, or a part of it is missing."
	default:
		return answer{}, false
	}
	return say(http.StatusBadRequest, m), true
}
