// Package client is the site: what a person sees.
//
// Its promises: every page works without JavaScript where no card is involved; it talks to the services by
// HTTP alone and forwards the visitor's session and nothing else; no failure of theirs is shown as anything
// but a page with a way on and the right status; what people wrote is text, never markup; card data never
// comes here.
package client

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/session"
)

// Site are the handlers of the pages.
type Site struct {
	api       *api.Client
	sandbox   string // its origin
	keys      session.Keys
	stripeKey string // "": the sandbox
	views     *views
	now       func() time.Time
}

// New returns the service. Nothing is connected yet.
func New(values config.Values) (function.Service, error) {
	settings, err := config.Fill[Settings](values)
	if err != nil {
		return function.Service{}, err
	}
	s, err := newSite(settings)
	if err != nil {
		return function.Service{}, err
	}
	return s.service(), nil
}

func newSite(settings Settings) (*Site, error) {
	assets, err := loadAssets()
	if err != nil {
		return nil, err
	}
	views, err := parseViews(assets)
	if err != nil {
		return nil, err
	}
	return &Site{
		api:       api.New(settings.origins(), api.Config{}),
		sandbox:   strings.TrimRight(cmp.Or(settings.SandboxURL, settings.PaymentsURL), "/"),
		keys:      settings.Session.Keys(),
		stripeKey: settings.StripeKey,
		views:     views,
		now:       time.Now,
	}, nil
}

func (s *Site) service() function.Service {
	nothing := func(context.Context) error { return nil } // while a service is away the site says so
	return function.Service{
		Name:     "client",
		Settings: []any{Settings{}},
		Endpoints: []function.Endpoint{
			s.page("home-page", http.MethodGet, "/{$}", s.Home),
			s.page("sign-up-page", http.MethodGet, "/auth/signup", s.SignUpPage),
			s.page("sign-up-form", http.MethodPost, "/auth/signup", s.SignUp),
			s.page("sign-in-page", http.MethodGet, "/auth/signin", s.SignInPage),
			s.page("sign-in-form", http.MethodPost, "/auth/signin", s.SignIn),
			s.page("sign-out-form", http.MethodPost, "/auth/signout", s.SignOut),
			s.page("signed-out-page", http.MethodGet, "/auth/signedout", s.SignedOutPage),
			s.page("new-ticket-page", http.MethodGet, "/tickets/new", signedIn(s.NewTicketPage)),
			s.page("new-ticket-form", http.MethodPost, "/tickets/new", signedIn(s.NewTicket)),
			s.page("my-tickets-page", http.MethodGet, "/tickets/mine", signedIn(s.MyTickets)),
			s.page("ticket-page", http.MethodGet, "/tickets/{id}", s.TicketPage),
			s.fragment("ticket-state", "/tickets/{id}/state", s.TicketPage),
			s.page("edit-ticket-page", http.MethodGet, "/tickets/{id}/edit", signedIn(s.EditTicketPage)),
			s.page("edit-ticket-form", http.MethodPost, "/tickets/{id}/edit", signedIn(s.EditTicket)),
			s.page("place-order-form", http.MethodPost, "/tickets/{id}/order", signedIn(s.PlaceOrder)),
			s.page("my-orders-page", http.MethodGet, "/orders", signedIn(s.MyOrders)),
			s.page("order-page", http.MethodGet, "/orders/{id}", signedIn(s.OrderPage)),
			s.fragment("order-state", "/orders/{id}/state", signedIn(s.OrderPage)),
			s.page("cancel-order-form", http.MethodPost, "/orders/{id}/cancel", signedIn(s.CancelOrder)),
			s.page("extend-order-form", http.MethodPost, "/orders/{id}/extend", signedIn(s.ExtendOrder)),
			s.page("pay-page", http.MethodGet, "/orders/{id}/pay", signedIn(s.PayPage)),
			s.page("pay-form", http.MethodPost, "/orders/{id}/pay", signedIn(s.Pay)),
			s.page("confirm-payment-form", http.MethodPost, "/orders/{id}/confirm", signedIn(s.ConfirmPayment)),
			{Name: "get-asset", Method: http.MethodGet, Path: "/assets/{name}", Handler: s.secure(s.views.assets)},
			outsideAPI(s.page("not-found-page", http.MethodGet, "/", s.NotFoundPage)),
		},
		Start: nothing,
		Ready: nothing,
		Stop:  s.api.Close,
	}
}
