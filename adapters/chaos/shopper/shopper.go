// Package shopper is somebody with a browser, for the tests of the whole system: it signs up, sells, buys
// and pays over HTTP, and says exactly what it was answered.
package shopper

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"github.com/gittix/ticketing/shared/session"
)

// answerWithin bounds every request: longer than any service takes to answer, or to give up.
const answerWithin = 40 * time.Second

// Shopper is somebody with a browser. Several goroutines may use one at once.
type Shopper struct {
	Email    string
	Password string
	url      string // where the system answers
	client   *http.Client
}

// New returns somebody who is not known to the system that answers at address. The transport may be shared.
func New(address string, transport http.RoundTripper) (*Shopper, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	return &Shopper{
		Email:    fmt.Sprintf("shopper-%s@example.com", strings.ToLower(rand.Text()[:12])),
		Password: rand.Text(),
		url:      address,
		client:   &http.Client{Jar: jar, Timeout: answerWithin, Transport: transport},
	}, nil
}

// Believed gives the shopper the session of a user without asking auth, as every other service would believe it.
func (s *Shopper) Believed(keys session.Keys, userID int32) error {
	cookie, err := keys.Issue(userID, s.Email)
	if err != nil {
		return err
	}
	address, err := url.Parse(s.url)
	if err != nil {
		return err
	}
	s.client.Jar.SetCookies(address, []*http.Cookie{cookie})
	return nil
}

// Refused is an answer of 400 and above.
type Refused struct {
	Status  int
	Message string
	Code    string
}

// Error gives status and message.
func (r *Refused) Error() string { return fmt.Sprintf("%d %s", r.Status, r.Message) }

// Call sends in as JSON and reads the answer into out, where they are not nil.
// Errors: *Refused; any other where there was no answer.
func (s *Shopper) Call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader = http.NoBody
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, s.url+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	status, b, err := s.Send(req)
	if err != nil {
		return err
	}
	if status >= http.StatusBadRequest {
		refused := &Refused{Status: status}
		_ = json.Unmarshal(b, refused) // a proxy's own answers are no JSON
		return refused
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(b, out)
}

// Send sends a request with the shopper's cookies and reads the answer.
func (s *Shopper) Send(req *http.Request) (status int, body []byte, err error) {
	answer, err := s.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close() //nolint:errcheck // it has been read
	body, err = io.ReadAll(answer.Body)
	return answer.StatusCode, body, err
}

// MovedTo returns the same shopper, cookies and all, for a system that answers elsewhere on the same host.
func (s *Shopper) MovedTo(address string) (*Shopper, error) {
	if _, err := url.Parse(address); err != nil {
		return nil, err
	}
	return &Shopper{Email: s.Email, Password: s.Password, url: address, client: s.client}, nil
}
