package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/clientip"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/securitylog"
	"github.com/gittix/ticketing/shared/session"
)

// TestSecurityEvents: each outcome has one event, which says neither who tried what nor from which address.
func TestSecurityEvents(t *testing.T) {
	t.Parallel()
	f := start(t, config.Values{"SIGNIN_ATTEMPTS_PER_ACCOUNT": "2"})
	var log bytes.Buffer
	ctx := securitylog.NewContext(t.Context(), securitylog.Log{Logger: slog.New(slog.NewJSONHandler(&log, nil))})
	from := visitor{hops: clientip.Hops{"X-Forwarded-For": {"198.51.100.77"}}}
	const next, wrong = "staple, battery horse", "a wrong one, it is"
	who := func(password string) Credentials { return Credentials{goodEmail, function.LooseString(password)} }
	signIn := func(password string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := f.SignIn(ctx, SignInRequest{who(password), from})
			return err
		}
	}
	change := func(current string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := f.ChangePassword(session.NewContext(ctx, session.Claims{ID: "1"}), ChangePasswordRequest{function.LooseString(current), next, from})
			return err
		}
	}
	for _, c := range []struct {
		event  securitylog.Event
		works  bool
		handle func(context.Context) error
	}{
		{securitylog.UserCreated, true, func(ctx context.Context) error {
			_, err := f.SignUp(ctx, SignUpRequest{who(goodPassword), from})
			return err
		}},
		{securitylog.SignedIn, true, signIn(goodPassword)},
		{securitylog.PasswordChangeFailed, false, change(wrong)},
		{securitylog.PasswordChanged, true, change(goodPassword)},
		{securitylog.SignInFailed, false, signIn(goodPassword)},
		{securitylog.SignInFailed, false, signIn(wrong)},
		{securitylog.SignInLimited, false, signIn(next)},
		{securitylog.SignInLimited, false, change(next)},
	} {
		log.Reset()
		if err := c.handle(ctx); (err == nil) != c.works {
			t.Errorf("%s: %v", c.event, err)
		}
		var got struct{ Event, Network string }
		if err := json.Unmarshal(log.Bytes(), &got); err != nil || got.Event != string(c.event) || got.Network != "198.51.100.0/24" {
			t.Errorf("%s: %v, %s", c.event, err, log.String())
		}
		if slices.ContainsFunc([]string{goodEmail, "ada", goodPassword, next, wrong, "198.51.100.77"}, func(s string) bool { return strings.Contains(log.String(), s) }) {
			t.Errorf("%s says too much: %s", c.event, log.String())
		}
	}
}
