package auth

import (
	"slices"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/function"
)

func TestService(t *testing.T) {
	t.Parallel()
	s, err := New(values(pgtest.Database(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	if want := []string{"sign-up", "sign-in", "sign-out", "current-user", "sweep-sessions"}; !slices.Equal(s.Functions(), want) {
		t.Errorf("functions %v", s.Functions())
	}
	if s.Ready(t.Context()) == nil {
		t.Error("ready before its tables are there")
	}
	for range 2 {
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Ready(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	good := values("postgres://nobody@127.0.0.1:1/none")
	for name, value := range map[string]string{
		"DATABASE_URL":                "",
		"JWT_SECRET":                  "too short",
		"PASSWORD_PEPPER":             "",
		"SIGNIN_ATTEMPTS_PER_ACCOUNT": "0",
		"SIGNIN_ATTEMPTS_PER_ADDRESS": "many",
		"SIGNIN_WINDOW":               "-1m",
		"TRUSTED_PROXY_HOPS":          "-1",
		"SESSION_SECURE":              "perhaps",
	} {
		if _, err := function.Open(New, good.With(config.Values{name: value})); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%q: %v", name, value, err)
		}
	}
	if _, err := function.Open(New, good); err != nil {
		t.Error(err)
	}
}
