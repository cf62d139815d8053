// Package api calls the services for a visitor of the site.
//
// Its promises: a call carries the visitor's session and nothing else of the visitor's (signing up and in
// also carry where the visitor calls from); every call ends in time; a failure is the *apierror.Error that
// the service answered with, and apierror.Unavailable when the service is away or broken.
package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/propagation"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/session"
)

// How long a call may take. Paying waits for Stripe.
const (
	callTimeout    = 5 * time.Second
	paymentTimeout = 12 * time.Second
	maxAnswer      = 4 << 20 // bytes
)

// Origins are where the services answer, such as http://tickets.
type Origins struct {
	Auth, Tickets, Orders, Payments string
	Sandbox                         string // where the sandbox for payments answers
}

// Client calls the services.
type Client struct {
	http    http.Client
	origins Origins
}

// NewClient returns a client. Nothing is connected yet.
func NewClient(o Origins) *Client {
	transport, _ := http.DefaultTransport.(*http.Transport)
	transport = transport.Clone()
	transport.MaxIdleConnsPerHost = 64
	return &Client{origins: o, http: http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // a session goes nowhere else
	}}
}

// Close ends idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Caller calls the services for one visitor.
type Caller struct {
	*Client
	cookie *http.Cookie // nil without a session
}

// For returns the caller that acts for whoever sent r.
func (c *Client) For(r *http.Request) Caller {
	cookie, err := r.Cookie(session.CookieName)
	if err != nil {
		return Caller{Client: c}
	}
	return Caller{c, &http.Cookie{Name: session.CookieName, Value: cookie.Value, Quoted: cookie.Quoted}}
}

// call is one request. Its answer's JSON goes into out.
type call struct {
	method, url string
	in, out     any // nil for nothing
	header      http.Header
	timeout     time.Duration // 0 for callTimeout
}

func (c Caller) do(ctx context.Context, q call) (http.Header, error) {
	if q.timeout == 0 {
		q.timeout = callTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, q.timeout)
	defer cancel()
	req, err := q.request(ctx)
	if err != nil {
		return nil, err
	}
	if c.cookie != nil {
		req.AddCookie(c.cookie)
	}
	answer, err := c.http.Do(req)
	if err != nil {
		return nil, apierror.Unavailable(err)
	}
	defer answer.Body.Close() //nolint:errcheck // it has been read
	b, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, apierror.Unavailable(err)
	}
	if answer.StatusCode/100 != 2 {
		return nil, failure(q, answer, b)
	}
	if q.out != nil {
		if err := json.Unmarshal(b, q.out); err != nil {
			return nil, apierror.Unavailable(fmt.Errorf("%s %s: %w", q.method, q.url, err))
		}
	}
	return answer.Header, nil
}

func (q call) request(ctx context.Context) (*http.Request, error) {
	var body io.Reader
	if q.in != nil {
		b, err := json.Marshal(q.in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, q.method, q.url, body)
	if err != nil {
		return nil, err
	}
	for name, values := range q.header {
		req.Header[name] = values
	}
	if q.in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(req.Header))
	return req, nil
}

// failure is what a service answered with. Its own faults are one to the visitor: again later.
func failure(q call, answer *http.Response, body []byte) error {
	var said struct{ Message, Code string }
	err := json.Unmarshal(body, &said)
	if err == nil && said.Code == "" {
		err = errors.New("it names no code")
	}
	if err != nil || answer.StatusCode < 400 || answer.StatusCode >= 500 {
		return apierror.Unavailable(fmt.Errorf("%s %s: %s %s", q.method, q.url, answer.Status, said.Message))
	}
	e := &apierror.Error{Status: answer.StatusCode, Code: said.Code, Message: said.Message}
	if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	return e
}
