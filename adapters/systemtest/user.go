package systemtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/session"
)

// requestTimeout is longer than any service takes to answer, or to give up.
const requestTimeout = 40 * time.Second

// User is a browser, with or without a session. Several goroutines may use one at once.
type User struct {
	Email    string
	Password string
	URL      string // of the system
	client   *http.Client
}

// Visitor returns a user without a session.
func (s *System) Visitor(t testing.TB) *User {
	t.Helper()
	u, err := s.visitor()
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func (s *System) visitor() (*User, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	return &User{
		Email:    fmt.Sprintf("user-%s@example.com", strings.ToLower(rand.Text()[:12])),
		Password: rand.Text(), URL: s.URL,
		client: &http.Client{Jar: jar, Timeout: requestTimeout, Transport: s.transport},
	}, nil
}

// User returns a user with a session: a signed one where the system's keys are known, which is quick, or else one
// who has signed up.
func (s *System) User(t testing.TB) *User {
	t.Helper()
	u := s.Visitor(t)
	if s.Backends == nil {
		s.Eventually(t, "sign up", u.SignUp)
	} else if err := u.SignInWith(Keys(), s.users.Add(1)); err != nil {
		t.Fatal(err)
	}
	return u
}

// SignInWith gives the user a session that auth has not issued, but every service accepts if the keys are its own.
func (u *User) SignInWith(keys session.Keys, id int32) error {
	cookie, err := keys.Issue(id, u.Email)
	if err != nil {
		return err
	}
	address, err := url.Parse(u.URL)
	if err != nil {
		return err
	}
	u.client.Jar.SetCookies(address, []*http.Cookie{cookie})
	return nil
}

// At returns the same user, cookies and all, at a system elsewhere on the same host.
func (u *User) At(s *System) *User {
	moved := *u
	moved.URL = s.URL
	return &moved
}

// Call sends in as JSON and reads the answer into out, where they are not nil.
// Errors: an *apierror.Error with what was answered, from 400 on; any other where there was no answer.
func (u *User) Call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader = http.NoBody
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, u.URL+path, body)
	if err != nil {
		return err
	}
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	status, b, err := u.Send(r)
	if err != nil {
		return err
	}
	if status >= http.StatusBadRequest {
		refusal := &apierror.Error{Status: status}
		_ = json.Unmarshal(b, refusal) // a proxy's own answers are no JSON
		return refusal
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(b, out)
}

// Send sends a request with the user's cookies and reads the answer.
func (u *User) Send(r *http.Request) (status int, body []byte, err error) {
	answer, err := u.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close() //nolint:errcheck // it has been read
	body, err = io.ReadAll(answer.Body)
	return answer.StatusCode, body, err
}

// Refused reports whether err is an answer with that status, and one of the messages if any are named.
func Refused(err error, status int, messages ...string) bool {
	var refusal *apierror.Error
	return errors.As(err, &refusal) && refusal.Status == status &&
		(len(messages) == 0 || slices.Contains(messages, refusal.Message))
}
