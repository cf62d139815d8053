package client

import (
	"context"
	"errors"
	"net/http"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
)

// accountView is a user's own page.
type accountView struct {
	form  // to change the password
	Email string
}

// Account shows the form to change the password.
func (s *Site) Account(_ context.Context, v visit) (answer, error) {
	return showAccount(v, passwordForm()), nil
}

func showAccount(v visit, f form) answer {
	return show("account", "Your account", accountView{f, v.claims.Subject})
}

// ChangePassword gives the visitor another password, and this browser a new session: all that were open end.
func (s *Site) ChangePassword(ctx context.Context, v visit) (answer, error) {
	f := passwordForm()
	err := v.api.ChangePassword(ctx, v.PostFormValue("currentPassword"), v.PostFormValue("newPassword"))
	switch {
	case err == nil:
		a := say(http.StatusOK, message{"Your password is changed", "Wherever else you were signed in, you are no more.", "/account", "Your account"})
		a.cookies = v.api.SetCookies()
		return a, nil
	case errors.Is(err, api.ErrInvalidCredentials):
		if f.mark(err); f.ok() {
			f.problem("currentPassword", f.Fields[0].Refusal)
		}
	case errors.Is(err, api.ErrTooManyAttempts):
		f.blame("There were too many attempts. Please try again " + in(apierror.From(err).RetryAfter) + ".")
	}
	if f.ok() {
		return answer{}, err
	}
	a := showAccount(v, f)
	a.retryAfter = apierror.From(err).RetryAfter
	return a.with(apierror.From(err).Status), nil
}

func passwordForm() form {
	return form{Fields: []field{
		{Name: "currentPassword", Label: "Current password", Type: "password", Autocomplete: "current-password",
			Refusal: "This is not your password."},
		{Name: "newPassword", Label: "New password", Type: "password", Autocomplete: "new-password", Hint: passwordHint, Refusal: passwordRefusal},
	}}
}
