package client

import (
	"cmp"
	"errors"
	"net/url"
	"strings"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/session"
)

// Settings of the service. The URLs are origins: scheme, host and port.
type Settings struct {
	Session     session.Settings
	AuthURL     string `env:"AUTH_API_URL" required:"true" reaches:"auth" example:"http://auth"`
	TicketsURL  string `env:"TICKETS_API_URL" required:"true" reaches:"tickets" example:"http://tickets"`
	OrdersURL   string `env:"ORDERS_API_URL" required:"true" reaches:"orders" example:"http://orders"`
	PaymentsURL string `env:"PAYMENTS_API_URL" required:"true" reaches:"payments" example:"http://payments"`
	StripeKey   string `env:"STRIPE_PUBLISHABLE_KEY"` // pk_…; empty: test cards, for payments that use the sandbox
	SandboxURL  string `env:"STRIPE_API_URL"`         // where that sandbox answers; empty: where payments does
}

// Validate checks the forms.
func (s *Settings) Validate() error {
	for name, value := range map[string]string{
		"AUTH_API_URL": s.AuthURL, "TICKETS_API_URL": s.TicketsURL, "ORDERS_API_URL": s.OrdersURL,
		"PAYMENTS_API_URL": s.PaymentsURL, "STRIPE_API_URL": cmp.Or(s.SandboxURL, "http://default"),
	} {
		u, err := url.Parse(value)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.User != nil {
			return errors.New(name + " must be an origin, such as http://service:8080")
		}
	}
	if s.StripeKey != "" && !strings.HasPrefix(s.StripeKey, "pk_") {
		return errors.New("STRIPE_PUBLISHABLE_KEY must begin with pk_")
	}
	return nil
}

func (s *Settings) origins() api.Origins {
	return api.Origins{Auth: s.AuthURL, Tickets: s.TicketsURL, Orders: s.OrdersURL, Payments: s.PaymentsURL}
}
