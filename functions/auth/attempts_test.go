package auth

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gittix/ticketing/shared/config"
)

func TestAttemptsPerAccount(t *testing.T) {
	t.Parallel()
	s := start(t, config.Values{"SIGNIN_ATTEMPTS_PER_ACCOUNT": "3"})
	s.signUp(t, goodEmail, goodPassword).want(t, 201, "User created.")
	for _, email := range []string{goodEmail, "nobody@example.com"} {
		for i := range 3 {
			s.signIn(t, strings.ToUpper(email), "wrong password", fmt.Sprintf("192.0.2.%d", i)).want(t, 400, "Invalid credentials.")
		}
		a := s.signIn(t, email, goodPassword, "192.0.2.9").want(t, 429, "Too many attempts.")
		if rest, err := strconv.Atoi(a.header.Get("Retry-After")); err != nil || rest < 1 || rest > 15*60 {
			t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
		}
	}
	s.exec(t, `UPDATE signin_attempts SET expires_at = now()`) // the window ends
	s.signIn(t, goodEmail, goodPassword, "192.0.2.9").want(t, 200, "User logged in.")
}

func TestSuccessForgetsAttempts(t *testing.T) {
	t.Parallel()
	s := start(t, config.Values{"SIGNIN_ATTEMPTS_PER_ACCOUNT": "3", "SIGNIN_ATTEMPTS_PER_ADDRESS": "6"})
	s.signUp(t, goodEmail, goodPassword).want(t, 201, "User created.")
	wrong := func() { s.signIn(t, goodEmail, "wrong password", "192.0.2.1").want(t, 400, "Invalid credentials.") }
	for range 2 {
		wrong()
		wrong()
		for range 4 { // more successes than either budget
			s.signIn(t, goodEmail, goodPassword, "192.0.2.1").want(t, 200, "User logged in.")
		}
	}
	wrong()
	wrong()
	// Four and two refusals: the address's are not forgotten, unlike the account's.
	s.signIn(t, goodEmail, goodPassword, "192.0.2.1").want(t, 429, "Too many attempts.")
	s.signIn(t, goodEmail, goodPassword, "192.0.2.2").want(t, 200, "User logged in.")
}

func TestAttemptsPerAddress(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ guesser, same, other string }{
		"IPv4":             {"192.0.2.1", "192.0.2.1", "192.0.2.2"},
		"IPv4 within IPv6": {"192.0.2.1", "::ffff:192.0.2.1", "::ffff:192.0.2.2"},
		"IPv6":             {"2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:1::1"},
		"invented hops":    {"198.51.100.1, 192.0.2.1", "198.51.100.2, 192.0.2.1", "192.0.2.1, 192.0.2.2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, config.Values{"SIGNIN_ATTEMPTS_PER_ADDRESS": "3"})
			for i := range 3 {
				s.signIn(t, fmt.Sprintf("u%d@example.com", i), "wrong password", c.guesser).want(t, 400, "Invalid credentials.")
			}
			s.signIn(t, "u3@example.com", "wrong password", c.same).want(t, 429, "Too many attempts.")
			if n := value[int](t, s, `SELECT count(*) FROM signin_attempts`); n != 4 {
				t.Errorf("%d counters: a refused client must not use up an account's attempts", n)
			}
			s.signIn(t, "u3@example.com", "wrong password", c.other).want(t, 400, "Invalid credentials.")
		})
	}
}

func TestGuessesAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t, config.Values{"SIGNIN_ATTEMPTS_PER_ACCOUNT": "5"})
	s.signUp(t, goodEmail, goodPassword).want(t, 201, "User created.")
	const guesses = 64
	statuses := make([]int, guesses)
	var all sync.WaitGroup
	for i := range guesses {
		all.Go(func() {
			statuses[i] = s.signIn(t, goodEmail, fmt.Sprintf("wrong password %d", i), fmt.Sprintf("192.0.2.%d", i)).status
		})
	}
	all.Wait()
	count := map[int]int{}
	for _, status := range statuses {
		count[status]++
	}
	if count[http.StatusBadRequest] != 5 || count[http.StatusTooManyRequests] != guesses-5 {
		t.Errorf("statuses %v, want 5 guesses looked at", count)
	}
}

func TestBudgetOfBusyAddress(t *testing.T) {
	t.Parallel()
	s := start(t, config.Values{"SIGNIN_ATTEMPTS_PER_ADDRESS": "3"})
	from := caller{remote: "192.0.2.1:1234"}.address(0)
	for i := range 50 { // refused ones must not be owed
		if err := s.attempts.count(t.Context(), fmt.Sprint(i), from); (err != nil) != (i >= 3) {
			t.Fatalf("attempt %d: %v", i, err)
		}
	}
	if err := s.attempts.forget(t.Context(), "0", from); err != nil {
		t.Fatal(err)
	}
	s.exec(t, `UPDATE signin_attempts SET count = count - 1 WHERE count = 3`) // another success
	if err := s.attempts.count(t.Context(), "next", from); err != nil {
		t.Errorf("an attempt was given back, but %v", err)
	}
}
