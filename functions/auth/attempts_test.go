package auth

import (
	"fmt"
	"net/http"
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
	from := caller{remote: "192.0.2.1:1234"}.address(0)
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

func TestCallerAddress(t *testing.T) {
	t.Parallel()
	const remote = "192.0.2.1:5000"
	for name, c := range map[string]struct {
		remote    string
		forwarded []string
		proxies   int
		want      string
	}{
		"header not believed":     {remote, []string{"198.51.100.1"}, 0, "192.0.2.1"},
		"one proxy, invented hop": {remote, []string{"203.0.113.7, 198.51.100.1"}, 1, "198.51.100.1"},
		"two proxies":             {remote, []string{"203.0.113.7, 198.51.100.1 , 10.0.0.1"}, 2, "198.51.100.1"},
		"two headers":             {remote, []string{"203.0.113.7", "198.51.100.1", "10.0.0.1"}, 2, "198.51.100.1"},
		"header too short":        {remote, []string{"198.51.100.1"}, 2, "192.0.2.1"},
		"no header":               {remote, nil, 1, "192.0.2.1"},
		"header malformed":        {remote, []string{"unknown"}, 1, "192.0.2.1"},
		"with a port":             {remote, []string{"198.51.100.1:443"}, 1, "198.51.100.1"},
		"IPv6 in brackets":        {remote, []string{"[2001:db8::1]"}, 1, "2001:db8::1"},
		"IPv6 with a zone":        {"[fe80::1%eth0]:5000", nil, 0, "fe80::1"},
		"IPv4 within IPv6":        {"[::ffff:192.0.2.1]:5000", nil, 0, "192.0.2.1"},
		"no port":                 {"192.0.2.1", nil, 0, "192.0.2.1"},
		"a socket":                {"@", nil, 0, "invalid IP"},
		"nothing":                 {"", nil, 0, "invalid IP"},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{"X-Forwarded-For": c.forwarded}}
		if got := callerOf(r).address(c.proxies).String(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
