package client

import (
	"errors"
	"net/url"
	"strings"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/function"
)

// Settings are all that the pages read. None of them needs a secret: the services say whose session it is.
type Settings struct {
	SiteSettings
	AuthAPI
	TicketsAPI
	OrdersAPI
	PaymentsAPI
	NotificationsAPI
	Stripe
	Sandbox
	Address Address
}

// SiteSettings are for every page.
type SiteSettings struct {
	Secure bool `env:"SESSION_SECURE" envDefault:"true"` // false: the site is also served without TLS
}

type (
	// AuthAPI is for the pages that call auth.
	AuthAPI struct {
		AuthURL Origin `env:"AUTH_API_URL" required:"true" reaches:"auth" example:"http://auth"` // origin of the auth service
	}
	// TicketsAPI is for the pages that call tickets.
	TicketsAPI struct {
		TicketsURL Origin `env:"TICKETS_API_URL" required:"true" reaches:"tickets" example:"http://tickets"` // origin of the tickets service
	}
	// OrdersAPI is for the pages that call orders.
	OrdersAPI struct {
		OrdersURL Origin `env:"ORDERS_API_URL" required:"true" reaches:"orders" example:"http://orders"` // origin of the orders service
	}
	// PaymentsAPI is for the pages that call payments.
	PaymentsAPI struct {
		PaymentsURL Origin `env:"PAYMENTS_API_URL" required:"true" reaches:"payments" example:"http://payments"` // origin of the payments service
	}
	// NotificationsAPI is for the pages that call notifications.
	NotificationsAPI struct {
		NotificationsURL Origin `env:"NOTIFICATIONS_API_URL" required:"true" reaches:"notifications" example:"http://notifications"` // origin of the notifications service
	}
)

// Stripe is for the pages that ask for a card.
type Stripe struct {
	StripeKey PublishableKey `env:"STRIPE_PUBLISHABLE_KEY"` // empty: test cards, for payments that use the sandbox
}

// Sandbox is for the second step of a test card.
type Sandbox struct {
	SandboxURL Origin `env:"STRIPE_API_URL"` // where the sandbox answers; empty: where payments does
}

// Address is for the pages whose QR code leads to the site.
type Address struct {
	Origins function.Origins `env:"TRUSTED_ORIGINS"` // of these the first is where QR codes of passes lead to; none: to the host that the browser asked for
}

// Origin is a scheme, a host and perhaps a port, such as http://service:8080, and the BASE_PATH of a service that has one.
type Origin string

// UnmarshalText refuses what is more than that, or less.
func (o *Origin) UnmarshalText(b []byte) error {
	u, err := url.Parse(string(b))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil ||
		new(function.BasePath).UnmarshalText([]byte(strings.TrimRight(u.EscapedPath(), "/"))) != nil {
		return errors.New("not an origin, such as http://service:8080, or http://service:8080/shop where BASE_PATH is /shop")
	}
	*o = Origin(strings.TrimRight(string(b), "/"))
	return nil
}

// PublishableKey is the key that a browser may know: pk_…
type PublishableKey string

// UnmarshalText refuses other keys, above all the secret one.
func (k *PublishableKey) UnmarshalText(b []byte) error {
	if !strings.HasPrefix(string(b), "pk_") {
		return errors.New("not a publishable key, which begins with pk_")
	}
	*k = PublishableKey(b)
	return nil
}

func (s *Settings) origins() api.Origins {
	return api.Origins{Auth: string(s.AuthURL), Tickets: string(s.TicketsURL), Orders: string(s.OrdersURL), Payments: string(s.PaymentsURL), Notifications: string(s.NotificationsURL)}
}
