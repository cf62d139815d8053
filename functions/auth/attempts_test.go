package auth

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/clientip"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
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
	got := functiontest.AtOnce(t, 32, func(i int) functiontest.Answer {
		return f.signIn(goodEmail, fmt.Sprintf("wrong password %d", i), fmt.Sprintf("192.0.2.%d", i))
	})
	if got["400 "+invalid] != 5 || got["429 "+tooMany] != 27 {
		t.Errorf("%v, want 5 guesses looked at", got)
	}
}

func TestBudgetOfBusyAddress(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	b := f.attempts.budget("address", home, 3, time.Minute)
	b.shared = true
	var first attempt
	for i := range 50 { // refused ones must not be owed
		a, err := f.attempts.begin(t.Context(), b)
		if (err != nil) != (i >= 3) {
			t.Fatalf("attempt %d: %v", i, err)
		}
		if i == 0 {
			first = a
		}
	}
	f.Must(first.succeed(t.Context()))
	if _, err := f.attempts.begin(t.Context(), b); err != nil {
		t.Errorf("an attempt was given back, but %v", err)
	}
	f.exec(`UPDATE signin_attempts SET expires_at = now()`) // the window ends
	_, err := f.attempts.begin(t.Context(), b)
	f.Must(err)
	f.Must(first.giveBack(t.Context()))
	if n := value[int](f, `SELECT count FROM signin_attempts`); n != 1 {
		t.Errorf("%d attempts in a window: one was given back that is of another", n)
	}
}

// TestRefusedUnseen: an attempt that one budget refuses takes nothing from another.
func TestRefusedUnseen(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	address, account := f.attempts.budget("address", home, 10, time.Minute), f.attempts.budget("account", goodEmail, 1, time.Minute)
	for range 5 {
		_, _ = f.attempts.begin(t.Context(), address, account) // the first is taken, the others are refused
	}
	if n := value[int](f, `SELECT max(count) FROM signin_attempts`); n != 1 {
		t.Errorf("the address has %d attempts, of one that was looked at", n)
	}
}

// TestNothingLearned: a sign-in whose client hung up before its turn, or that found no place, was no guess; one that was looked at was.
func TestNothingLearned(t *testing.T) {
	t.Parallel()
	f := start(t, config.Values{"SIGNIN_ATTEMPTS_PER_ADDRESS": "8", "SIGNIN_ATTEMPTS_PER_ACCOUNT": "8"})
	f.user()
	counted := func() int {
		return value[int](f, `SELECT coalesce(sum(count), 0)::int FROM signin_attempts WHERE key <> $1`,
			f.attempts.budget("sign-ups", home+"/32", 0, 0).key)
	}
	signIn := func(ctx context.Context, password string) error {
		req := SignInRequest{Credentials: Credentials{Email: goodEmail, Password: function.LooseString(password)}}
		req.hops = clientip.Hops{"X-Forwarded-For": {home}}
		_, err := f.SignIn(ctx, req)
		return err
	}
	slots := f.passwords.signIns.slots[0]
	for range cap(slots) {
		slots <- struct{}{}
	}
	ctx, hangUp := context.WithCancel(t.Context())
	ended := make(chan error)
	for i := range 8 {
		go func() { ended <- signIn(ctx, []string{goodPassword, "wrong password"}[i%2]) }()
	}
	for counted() < 16 { // each at its address and its account, until its outcome is known
		if t.Context().Err() != nil {
			t.FailNow()
		}
	}
	hangUp()
	for range 8 {
		if err := <-ended; err == nil {
			t.Error("signed in without a slot")
		}
	}
	for range cap(f.passwords.signIns.places) {
		f.passwords.signIns.places <- struct{}{}
	}
	if err := signIn(t.Context(), goodPassword); !errors.Is(err, apierror.Unavailable(nil)) {
		t.Errorf("the queue is full: %v", err)
	}
	if n := counted(); n != 0 {
		t.Errorf("%d attempts counted of which nothing was learned", n)
	}
	for range cap(slots) {
		<-slots
	}
	for range cap(f.passwords.signIns.places) {
		<-f.passwords.signIns.places
	}

	// The client is gone while its password is being hashed: a wrong one counts, a right one does not.
	derive := f.passwords.argon2id
	for password, want := range map[string]int{goodPassword: 0, "wrong password": 2} {
		ctx, hangUp := context.WithCancel(t.Context())
		f.passwords.argon2id = func(password, salt []byte, time, mem uint32, threads uint8, n uint32) []byte {
			hangUp()
			return derive(password, salt, time, mem, threads, n)
		}
		f.exec(`DELETE FROM signin_attempts`)
		_ = signIn(ctx, password)
		if n := counted(); n != want {
			t.Errorf("%s: %d attempts counted, want %d", password, n, want)
		}
	}
}
