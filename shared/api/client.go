// Package api is the published HTTP contract of the system, and the one Go client of it.
//
// The client's promises: a call carries one user's session and nothing else of that user's (what auth limits,
// such as signing in, also carries where a visitor calls from); every call ends in time; nothing is tried twice, but for a call whose key is in
// use, and no redirect is followed. A failure is the *apierror.Error that the service answered with, for errors.Is with the Err values
// here; it is apierror.Unavailable when the service is unavailable, broken or not what it should be, and that wraps the
// *apierror.Error of a service which said so itself.
package api

import (
	"cmp"
	"net/http"
	"strings"
	"time"
)

// Origins are where the services answer, such as http://tickets: scheme, host and port.
type Origins struct {
	Auth, Tickets, Orders, Payments, Notifications string
}

// At returns the origins of a system that has one for all services.
func At(origin string) Origins { return Origins{origin, origin, origin, origin, origin} }

func (o Origins) of(path string) string {
	origin := o.Auth
	switch {
	case strings.HasPrefix(path, "/api/tickets"):
		origin = o.Tickets
	case strings.HasPrefix(path, "/api/orders"):
		origin = o.Orders
	case strings.HasPrefix(path, "/api/payments"):
		origin = o.Payments
	case strings.HasPrefix(path, "/api/notifications"):
		origin = o.Notifications
	}
	return strings.TrimRight(origin, "/") + path
}

// Config is how a client calls. The zero value is good.
type Config struct {
	Transport      http.RoundTripper // nil: one of the client's own
	Timeout        time.Duration     // of a call; 0: 5 seconds
	PaymentTimeout time.Duration     // of a payment, which waits for Stripe; 0: 12 seconds, or Timeout if that is longer
}

// Client calls the services. Any number of goroutines may use it.
type Client struct {
	origins                 Origins
	http                    http.Client
	timeout, paymentTimeout time.Duration
}

// New returns a client. Nothing is connected yet.
func New(origins Origins, c Config) *Client {
	if c.Transport == nil {
		own := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // it is one
		own.MaxIdleConnsPerHost = 64
		c.Transport = own
	}
	timeout := cmp.Or(c.Timeout, 5*time.Second)
	return &Client{
		origins: origins, timeout: timeout, paymentTimeout: cmp.Or(c.PaymentTimeout, max(timeout, 12*time.Second)),
		http: http.Client{
			Transport:     c.Transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // a session goes nowhere else
		},
	}
}

// Close ends idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }
