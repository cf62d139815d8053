package client

import (
	"context"
	"errors"
	"net/http"

	"github.com/gittix/ticketing/shared/api"
)

// SignUpPage shows the form for a new account.
func (s *Site) SignUpPage(_ context.Context, v visit) (answer, error) {
	return showSignUp(signUpForm(v)), nil
}

// SignUp creates an account, signs in and goes back to where the visitor came from.
func (s *Site) SignUp(ctx context.Context, v visit) (answer, error) {
	f := signUpForm(v)
	who := api.Credentials{Email: v.PostFormValue("email"), Password: v.PostFormValue("password")}
	err := v.api.SignUp(ctx, who)
	f.mark(err)
	switch {
	case !f.ok():
		return showSignUp(f).with(http.StatusBadRequest), nil
	case errors.Is(err, api.ErrEmailExists):
		f.problem("email", "There is an account with this e-mail address. Sign in instead, or use another address.")
		return showSignUp(f).with(http.StatusConflict), nil
	case errors.Is(err, api.ErrTooManyAttempts):
		return tooOften(&f, showSignUp, err), nil
	}
	if a, is := v.kept(f, showSignUp, err); is {
		return a, nil
	}
	if err != nil {
		return answer{}, err
	}
	return answer{to: f.Return, cookies: v.api.SetCookies()}, nil
}

func showSignUp(f form) answer { return show("signup", "Create an account", f) }

func signUpForm(v visit) form {
	return form{Return: v.returnTo(), Fields: []field{
		emailField(v), newPasswordField("password", "Password"),
	}}
}

func emailField(v visit) field {
	return field{Name: "email", Label: "E-mail address", Type: "email", Autocomplete: "email", Value: v.PostFormValue("email"),
		Refusal: "Enter an e-mail address, such as name@example.com, of at most 64 characters."}
}

func newPasswordField(name, label string) field {
	return field{Name: name, Label: label, Type: "password", Autocomplete: "new-password", Hint: passwordHint, Refusal: passwordRefusal}
}

// What is said of passwords.
const (
	passwordHint    = "At least 8 characters, of any kind." //nolint:gosec // a text
	passwordRefusal = "Choose a password of 8 to 128 characters, not one that many people use, and not made of your e-mail address or the name of this site."
)
