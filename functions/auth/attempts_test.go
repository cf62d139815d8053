package auth

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

const (
	invalid = "Invalid credentials."
	tooMany = "Too many attempts."
	welcome = "User logged in."
)

func TestAttemptsPerAccount(t *testing.T) {
	t.Parallel()
	f := start(t, config.Values{"SIGNIN_ATTEMPTS_PER_ACCOUNT": "3"})
	f.user()
	for _, email := range []string{goodEmail, "stranger@example.com"} {
		for i := range 3 {
			f.said(f.signIn(strings.ToUpper(email), "wrong password", fmt.Sprintf("192.0.2.%d", i)), 400, invalid)
		}
		a := f.said(f.signIn(email, goodPassword, "192.0.2.9"), 429, tooMany)
		if rest, err := strconv.Atoi(a.Header.Get("Retry-After")); err != nil || rest < 1 || rest > 15*60 {
			t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
		}
	}
	f.exec(`UPDATE signin_attempts SET expires_at = now()`) // the window ends
	f.said(f.signIn(goodEmail, goodPassword, "192.0.2.9"), 200, welcome)
}

func TestSuccessForgetsAttempts(t *testing.T) {
	t.Parallel()
	f := start(t, config.Values{"SIGNIN_ATTEMPTS_PER_ACCOUNT": "3", "SIGNIN_ATTEMPTS_PER_ADDRESS": "6"})
	f.user()
	wrong := func() { f.said(f.signIn(goodEmail, "wrong password", home), 400, invalid) }
	for range 2 {
		wrong()
		wrong()
		for range 4 { // more successes than either budget
			f.said(f.signIn(goodEmail, goodPassword, home), 200, welcome)
		}
	}
	wrong()
	wrong()
	// Four and two refusals: the address's are not forgotten, unlike the account's.
	f.said(f.signIn(goodEmail, goodPassword, home), 429, tooMany)
	f.said(f.signIn(goodEmail, goodPassword, "192.0.2.2"), 200, welcome)
}

func TestAttemptsPerAddress(t *testing.T) {
	t.Parallel()
	f := start(t, config.Values{"SIGNIN_ATTEMPTS_PER_ADDRESS": "3"})
	for name, c := range map[string]struct{ guesser, same, other string }{
		"IPv4":             {"192.0.2.1", "192.0.2.1", "192.0.2.2"},
		"IPv4 within IPv6": {"192.0.3.1", "::ffff:192.0.3.1", "::ffff:192.0.3.2"},
		"IPv6":             {"2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:1::1"},
		"invented hops":    {"198.51.100.1, 192.0.4.1", "198.51.100.2, 192.0.4.1", "192.0.4.1, 192.0.4.2"},
	} {
		f.exec(`DELETE FROM signin_attempts`)
		for i := range 3 {
			f.said(f.signIn(fmt.Sprintf("u%d@example.com", i), "wrong password", c.guesser), 400, invalid)
		}
		f.said(f.signIn("u3@example.com", "wrong password", c.same), 429, tooMany)
		if n := value[int](f, `SELECT count(*) FROM signin_attempts`); n != 4 {
			t.Errorf("%s: %d counters: a refused client must not use up an account's attempts", name, n)
		}
		f.said(f.signIn("u3@example.com", "wrong password", c.other), 400, invalid)
	}
}

func TestGuessesAtOnce(t *testing.T) {
	t.Parallel()
	f := start(t, config.Values{"SIGNIN_ATTEMPTS_PER_ACCOUNT": "5"})
	f.user()
	got := functiontest.AtOnce(t, 64, func(i int) functiontest.Answer {
		return f.signIn(goodEmail, fmt.Sprintf("wrong password %d", i), fmt.Sprintf("192.0.2.%d", i))
	})
	if got["400 "+invalid] != 5 || got["429 "+tooMany] != 59 {
		t.Errorf("%v, want 5 guesses looked at", got)
	}
}

func TestBudgetOfBusyAddress(t *testing.T) {
	t.Parallel()
	f := start(t, config.Values{"SIGNIN_ATTEMPTS_PER_ADDRESS": "3"})
	from := netip.MustParseAddr(home)
	for i := range 50 { // refused ones must not be owed
		if err := f.attempts.count(t.Context(), fmt.Sprint(i), from); (err != nil) != (i >= 3) {
			t.Fatalf("attempt %d: %v", i, err)
		}
	}
	f.Must(f.attempts.forget(t.Context(), "0", from))
	f.exec(`UPDATE signin_attempts SET count = count - 1 WHERE count = 3`) // another success
	if err := f.attempts.count(t.Context(), "next", from); err != nil {
		t.Errorf("an attempt was given back, but %v", err)
	}
}
