package client

import (
	"context"
	"errors"
	"net/http"

	"github.com/gittix/ticketing/shared/api"
)

// ForgotPage shows the form to ask for a mail by which a new password is set.
func (s *Site) ForgotPage(_ context.Context, v visit) (answer, error) {
	return showForgot(forgotForm(v)), nil
}

// Forgot asks for the mail, and says the same whether there is such an account or not.
func (s *Site) Forgot(ctx context.Context, v visit) (answer, error) {
	f := forgotForm(v)
	err := v.api.RequestReset(ctx, v.PostFormValue("email"))
	switch {
	case errors.Is(err, api.ErrInvalidEmail):
		f.problem("email", f.Fields[0].Refusal)
		return showForgot(f).with(http.StatusBadRequest), nil
	case errors.Is(err, api.ErrTooManyAttempts):
		return tooOften(&f, showForgot, err), nil
	}
	if a, is := v.kept(f, showForgot, err); is {
		return a, nil
	}
	return say(http.StatusOK, message{
		"Look into your mail",
		"If there is an account for this address, a mail is on its way. Its link works for 30 minutes, and once. If it does not come, look among the spam, and whether you signed up with another address.",
		"/auth/signin", "Sign in",
	}), err
}

func showForgot(f form) answer { return show("forgot", "Forgot your password?", f) }

func forgotForm(v visit) form { return form{Fields: []field{emailField(v)}} }
