package local_test

import (
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"testing"

	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/config"
)

// TestOwnerIsNotLockedOut: a browser that has signed in before signs in by the site, however many guesses strangers make.
func TestOwnerIsNotLockedOut(t *testing.T) {
	t.Parallel()
	s := systemtest.Local(t, systemtest.JetStream, config.Values{"SIGNIN_ATTEMPTS_PER_ACCOUNT": "3"})
	owner := s.Visitor().Credentials
	stranger := s.Visitor()
	browser := func() func(page, password string) int {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		return func(page, password string) int {
			t.Helper()
			answer, err := client.PostForm(s.URL+page, url.Values{"email": {owner.Email}, "password": {password}})
			if err != nil {
				t.Fatal(err)
			}
			if err := answer.Body.Close(); err != nil {
				t.Error(err)
			}
			return answer.StatusCode
		}
	}
	owners, others := browser(), browser()
	if status := owners("/auth/signup", owner.Password); status != http.StatusSeeOther {
		t.Fatalf("sign-up answered %d", status)
	}
	for range 3 {
		guess := api.Credentials{Email: owner.Email, Password: "a wrong one, it is"}
		if err := stranger.Session.SignIn(t.Context(), guess); !errors.Is(err, api.ErrInvalidCredentials) {
			t.Fatal(err)
		}
	}
	if status := others("/auth/signin", owner.Password); status != http.StatusTooManyRequests {
		t.Errorf("an unknown browser: %d", status)
	}
	for range 5 {
		if status := owners("/auth/signin", owner.Password); status != http.StatusSeeOther {
			t.Errorf("the owner's browser: %d", status)
		}
	}
}
