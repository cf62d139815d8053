package client

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

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
	if !looksLikeEmail(who.Email) {
		f.problem("email", "Enter an e-mail address, such as name@example.com, of at most 64 characters.")
	}
	if n := utf8.RuneCountInString(who.Password); n < 8 || n > 128 {
		f.problem("password", "Choose a password of 8 to 128 characters.")
	}
	if !f.ok() {
		return showSignUp(f).with(http.StatusBadRequest), nil
	}
	err := v.api.SignUp(ctx, who)
	switch {
	case errors.Is(err, api.ErrInvalidCredentials):
		f.problem("password", "Choose another password: this one is easy to guess, because many people use it or because it is your e-mail address.")
		return showSignUp(f).with(http.StatusBadRequest), nil
	case errors.Is(err, api.ErrEmailExists):
		f.problem("email", "There is an account with this e-mail address. Sign in instead, or use another address.")
		return showSignUp(f).with(http.StatusConflict), nil
	case err != nil:
		return answer{}, err
	}
	return answer{to: f.Return, cookies: v.api.SetCookies()}, nil
}

func showSignUp(f form) answer { return show("signup", "Create an account", f) }

func signUpForm(v visit) form {
	return form{Return: v.returnTo(), Fields: []field{
		{Name: "email", Label: "E-mail address", Type: "email", Autocomplete: "email", Value: v.PostFormValue("email")},
		{Name: "password", Label: "Password", Type: "password", Autocomplete: "new-password", Hint: "At least 8 characters, of any kind."},
	}}
}

// looksLikeEmail finds what is surely none, so that the message can stand beside the right field. Auth decides.
func looksLikeEmail(s string) bool {
	s = strings.TrimSpace(s)
	name, domain, ok := strings.Cut(s, "@")
	return ok && name != "" && utf8.RuneCountInString(s) <= 64 && !strings.ContainsAny(s, " ,;()<>\"\\[]") &&
		!strings.Contains(domain, "@") && strings.Contains(strings.Trim(domain, "."), ".")
}
