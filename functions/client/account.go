package client

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
)

// accountView is a user's own page.
type accountView struct {
	form     // to change the password
	Email    string
	Account  *api.Account // nil: it is not known
	Sessions []api.OpenSession
	Mails    *api.Preferences // nil: they are not known
}

// Account shows the form to change the password, and where the visitor is signed in.
func (s *Site) Account(ctx context.Context, v visit) (answer, error) {
	return showAccount(ctx, v, passwordForm())
}

func showAccount(ctx context.Context, v visit, f form) (answer, error) {
	sessions, err := v.api.Sessions(ctx)
	if err != nil {
		return answer{}, err
	}
	return show("account", "Your account", accountView{f, v.claims.Subject, beside(ctx, v.api.Account), sessions, beside(ctx, v.api.Preferences)}), nil
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
	a, failed := showAccount(ctx, v, f)
	a.retryAfter = apierror.From(err).RetryAfter
	return a.with(apierror.From(err).Status), failed
}

func passwordForm() form {
	return form{Fields: []field{
		{Name: "currentPassword", Label: "Current password", Type: "password", Autocomplete: "current-password",
			Refusal: "This is not your password."},
		newPasswordField("newPassword", "New password"),
	}}
}

// EndSession signs the visitor out somewhere else, and shows where else that is left.
func (s *Site) EndSession(ctx context.Context, v visit) (answer, error) {
	err := v.api.EndSession(ctx, v.PostFormValue("session"))
	if errors.Is(err, api.ErrNoSuchSession) { // it has ended meanwhile
		err = nil
	}
	return goTo("/account"), err
}

// device says in a few words what a browser calls itself.
func device(agent string) string {
	name := func(words ...string) string {
		for i := 0; i < len(words); i += 2 {
			if strings.Contains(agent, words[i]) {
				return words[i+1]
			}
		}
		return ""
	}
	// What many pretend to be comes after what only one is.
	browser := name("Edg", "Edge", "OPR/", "Opera", "SamsungBrowser", "Samsung Internet", "Firefox", "Firefox", "FxiOS", "Firefox",
		"CriOS", "Chrome", "Chrome", "Chrome", "Safari", "Safari")
	system := name("iPhone", "iPhone", "iPad", "iPad", "Android", "Android", "Windows", "Windows", "Mac OS", "macOS", "CrOS", "ChromeOS", "Linux", "Linux")
	switch {
	case browser != "" && system != "":
		return browser + " on " + system
	case agent != "":
		return agent
	}
	return "An unknown device"
}
