package systemtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/session"
)

// User calls the services, with or without a session. Several goroutines may use one at once.
type User struct {
	*api.Session
	Credentials api.Credentials
	system      *System
}

// Visitor returns a user without a session.
func (s *System) Visitor() *User {
	return &User{Session: s.client.Session(nil), system: s, Credentials: api.Credentials{
		Email: fmt.Sprintf("user-%s@example.com", strings.ToLower(rand.Text()[:12])), Password: rand.Text(),
	}}
}

// User returns a user with a session: a signed one where the system's keys are known, which is quick, or else one
// who has signed up.
func (s *System) User(t testing.TB) *User {
	t.Helper()
	u := s.Visitor()
	if s.Backends == nil {
		s.Eventually(t, "sign up", u.SignUp)
		return u
	}
	u, err := s.Signed(s.Keys, s.users.Add(1))
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// Signed returns a user with a session that auth has not issued, but every service accepts if the keys are its own.
func (s *System) Signed(keys session.Keys, id int32) (*User, error) {
	u := s.Visitor()
	cookie, err := keys.Issue(id, u.Credentials.Email)
	u.Session = s.client.Session(cookie)
	return u, err
}

// At returns the same user, with the same session, at another system.
func (u *User) At(s *System) *User {
	return &User{Session: s.client.Session(u.Cookie()), Credentials: u.Credentials, system: s}
}

// SignUp makes an account and opens a session.
func (u *User) SignUp(ctx context.Context) error { return u.Session.SignUp(ctx, u.Credentials) }

// SignIn opens a session.
func (u *User) SignIn(ctx context.Context) error { return u.Session.SignIn(ctx, u.Credentials) }

// Send sends any request to the system, with the user's session, and follows redirects as a browser does.
func (u *User) Send(ctx context.Context, method, path, body string, header http.Header) (status int, answer []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, method, u.system.URL+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	for name, values := range header {
		r.Header[name] = values
	}
	if cookie := u.Cookie(); cookie != nil {
		r.AddCookie(cookie)
	}
	reply, err := (&http.Client{Transport: u.system.transport, Timeout: requestTimeout}).Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer reply.Body.Close() //nolint:errcheck // it has been read
	answer, err = io.ReadAll(reply.Body)
	return reply.StatusCode, answer, err
}

// Authenticate does the second step of a payment, at Stripe. Outcome: succeed or fail.
func (b *Backends) Authenticate(ctx context.Context, r api.Receipt, outcome string) error {
	form := url.Values{"client_secret": {r.ClientSecret}, "outcome": {outcome}}.Encode()
	address := b.stripe + "/sandbox/payment_intents/" + r.Intent() + "/authenticate"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(req)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = errors.New(answer.Status)
	}
	if err == nil {
		err = answer.Body.Close()
	}
	return err
}

// refused reports whether err is an answer of a service that works.
func refused(err error) bool {
	var answer *apierror.Error
	return errors.As(err, &answer) && answer.Status < http.StatusInternalServerError
}

// isEarly reports whether err says that a service has no copy of a ticket or an order yet.
func isEarly(err error) bool {
	return errors.Is(err, api.ErrTicketUnknown) || errors.Is(err, api.ErrOrderUnknown)
}
