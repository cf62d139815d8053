package client

import (
	"context"
	"errors"
	"net/http"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
)

// SignInPage shows the form.
func (s *Site) SignInPage(_ context.Context, v visit) (answer, error) {
	return showSignIn(signInForm(v)), nil
}

// SignIn opens a session and goes back to where the visitor came from.
func (s *Site) SignIn(ctx context.Context, v visit) (answer, error) {
	f := signInForm(v)
	who := api.Credentials{Email: v.PostFormValue("email"), Password: v.PostFormValue("password")}
	if who.Email == "" {
		f.problem("email", "Enter your e-mail address.")
	}
	if who.Password == "" {
		f.problem("password", "Enter your password.")
	}
	if !f.ok() {
		return showSignIn(f).with(http.StatusBadRequest), nil
	}
	err := v.api.SignIn(ctx, who)
	switch {
	case errors.Is(err, api.ErrInvalidCredentials):
		f.blame("This e-mail address and password do not belong together.")
		return showSignIn(f).with(http.StatusBadRequest), nil
	case errors.Is(err, api.ErrTooManyAttempts):
		return tooOften(&f, showSignIn, err), nil
	}
	if a, is := v.kept(f, showSignIn, err); is {
		return a, nil
	}
	if err != nil {
		return answer{}, err
	}
	return answer{to: f.Return, cookies: v.api.SetCookies()}, nil
}

// tooOften shows a form with the time after which it may be sent again.
func tooOften(f *form, show func(form) answer, err error) answer {
	wait := apierror.From(err).RetryAfter
	f.blame("There were too many attempts. Please try again " + in(wait) + ".")
	a := show(*f).with(http.StatusTooManyRequests)
	a.retryAfter = wait
	return a
}

func showSignIn(f form) answer { return show("signin", "Sign in", f) }

func signInForm(v visit) form {
	return form{Return: v.returnTo(), Fields: []field{
		emailField(v),
		{Name: "password", Label: "Password", Type: "password", Autocomplete: "current-password"},
	}}
}
