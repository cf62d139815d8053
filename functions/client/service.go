// Package client is the site: what a person sees.
//
// Its promises: every page works without JavaScript where no card is involved; it talks to the services by
// HTTP alone and forwards the visitor's session and nothing else; it trusts no session itself, so what only its
// owner may see or do is asked of a service that verifies it; a failure of theirs is a page with a link to go on and the
// right status; what people wrote is text, never markup; card data never comes here; what a page says of money is what orders and
// payments know; a form acts for the user it was made for, and for no other who signed in meanwhile; what was typed into an offer
// survives signing in again, and failures; an address that a mail leads to does nothing when it is opened, only by its button, and is in no other
// address and no referrer.
package client

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// Site are the handlers of the pages.
type Site struct {
	api       *api.Client
	sandbox   string           // the origin of Stripe's sandbox
	secure    bool             // served over TLS alone
	stripeKey string           // "": the sandbox
	origins   function.Origins // where browsers find the site. None: where they ask for it
	views     *views
	visitors  visitors
	now       func() time.Time
}

// New returns the service. Nothing is connected yet.
func New(values config.Values) (function.Service, error) {
	settings, err := config.Fill[Settings](values)
	if err != nil {
		return function.Service{}, err
	}
	views, err := loadViews()
	if err != nil {
		return function.Service{}, err
	}
	return newSite(settings, views, time.Now).service(), nil
}

func newSite(s Settings, v *views, now func() time.Time) *Site {
	return &Site{sandbox: string(cmp.Or(s.SandboxURL, s.PaymentsURL)), api: api.New(s.origins(), api.Config{}), secure: s.Secure, stripeKey: string(s.StripeKey), origins: s.Address.Origins, views: v, visitors: newVisitors(now), now: now}
}

func (s *Site) service() function.Service {
	nothing := func(context.Context) error { return nil } // while a service is unavailable the site says so
	auth, tickets, orders, payments, notifications := AuthAPI{}, TicketsAPI{}, OrdersAPI{}, PaymentsAPI{}, NotificationsAPI{}
	return function.Service{
		Name:     "client",
		Settings: []any{SiteSettings{}, AuthAPI{}}, // every page asks auth whose session the visitor has
		Endpoints: []function.Endpoint{
			s.page("home-page", "/{$}", s.Home).Uses(tickets),
			s.page("sign-up-page", "/auth/signup", s.SignUpPage),
			s.form("sign-up-form", "/auth/signup", s.SignUp).Uses(auth),
			s.page("sign-in-page", "/auth/signin", s.SignInPage),
			s.form("sign-in-form", "/auth/signin", s.SignIn).Uses(auth),
			s.page("forgot-page", "/auth/forgot", s.ForgotPage).Under("/auth/forgot"),
			s.form("forgot-form", "/auth/forgot", s.Forgot).Under("/auth/forgot").Uses(auth),
			s.page("reset-page", "/reset/{token}", s.ResetPage).Under("/reset"),
			s.form("reset-form", "/reset/{token}", s.Reset).Under("/reset").Uses(auth),
			s.page("confirm-email-page", "/confirm/{token}", s.ConfirmEmailPage).Under("/confirm"),
			s.form("confirm-email-form", "/confirm/{token}", s.ConfirmEmail).Under("/confirm").Uses(auth),
			s.page("unsubscribe-page", "/unsubscribe/{token}", s.UnsubscribePage).Under("/unsubscribe"),
			s.form("unsubscribe-form", "/unsubscribe/{token}", s.Unsubscribe).Under("/unsubscribe").Uses(notifications),
			s.form("sign-out-form", "/auth/signout", s.SignOut).Uses(auth),
			s.page("signed-out-page", "/auth/signedout", s.SignedOutPage),
			s.page("account-page", "/account", s.Account, signedIn).Under("/account").Uses(auth, notifications),
			s.form("change-password-form", "/account/password", s.ChangePassword, signedIn).Under("/account").Uses(auth, notifications),
			s.form("confirm-again-form", "/account/confirm", s.ConfirmAgain, signedIn).Under("/account").Uses(auth),
			s.form("mails-form", "/account/mails", s.SetMails, signedIn).Under("/account").Uses(notifications),
			s.form("end-session-form", "/account/sessions", s.EndSession, signedIn).Under("/account").Uses(auth),
			s.page("tokens-page", "/account/tokens", s.TokensPage, signedIn).Under("/account").Uses(auth),
			s.form("new-token-form", "/account/tokens", s.NewToken, signedIn).Under("/account").Uses(auth),
			s.form("end-token-form", "/account/tokens/end", s.EndToken, signedIn).Under("/account").Uses(auth),
			s.page("webhooks-page", "/account/webhooks", s.WebhooksPage, signedIn).Under("/account").Uses(notifications),
			s.form("new-webhook-form", "/account/webhooks", s.NewWebhook, signedIn).Under("/account").Uses(notifications),
			s.page("webhook-page", "/account/webhooks/{id}", s.WebhookPage, signedIn).Under("/account").Uses(notifications),
			s.form("change-webhook-form", "/account/webhooks/{id}", s.ChangeWebhook, signedIn).Under("/account").Uses(notifications),
			s.page("new-ticket-page", "/tickets/new", s.NewTicketPage, verified).Under("/tickets/new").Uses(auth),
			s.form("new-ticket-form", "/tickets/new", s.NewTicket, signedIn).Under("/tickets/new").Uses(tickets),
			s.page("my-tickets-page", "/tickets/mine", s.MyTickets, verified).Under("/tickets/mine").Uses(auth, tickets, orders),
			s.page("sales-file", "/tickets/mine/sales.csv", s.SalesFile, signedIn).Under("/tickets/mine").Uses(orders, Address{}).Answers(http.StatusOK, "text/csv"),
			s.page("ticket-page", "/tickets/{id}", s.TicketPage).Uses(tickets, orders, notifications),
			s.fragment("ticket-state", "/tickets/{id}/state", s.TicketPage).Uses(tickets, orders, notifications),
			s.form("waiting-form", "/tickets/{id}/waiting", s.SetWaiting, signedIn).Uses(notifications),
			s.page("edit-ticket-page", "/tickets/{id}/edit", s.EditTicketPage, verified).Under("/tickets/{id}/edit").Uses(auth, tickets),
			s.form("edit-ticket-form", "/tickets/{id}/edit", s.EditTicket, signedIn).Under("/tickets/{id}/edit").Uses(auth, tickets),
			s.page("withdraw-ticket-page", "/tickets/{id}/withdraw", s.WithdrawTicketPage, verified).Under("/tickets/{id}/withdraw").Uses(auth, tickets),
			s.form("withdraw-ticket-form", "/tickets/{id}/withdraw", s.WithdrawTicket, signedIn).Under("/tickets/{id}/withdraw").Uses(auth, tickets),
			s.page("refund-ticket-page", "/tickets/{id}/refund", s.RefundTicketPage, verified).Under("/tickets/{id}/refund").Uses(auth, tickets),
			s.form("refund-ticket-form", "/tickets/{id}/refund", s.RefundTicket, verified).Under("/tickets/{id}/refund").Uses(auth, tickets, orders),
			s.page("attachment-page", "/tickets/{id}/attachment", s.AttachmentPage, verified).Under("/tickets/{id}/attachment").Uses(auth, tickets),
			s.form("attachment-form", "/tickets/{id}/attachment", s.Attach, signedIn).Under("/tickets/{id}/attachment").Uses(auth, tickets),
			s.form("place-order-form", "/tickets/{id}/order", s.PlaceOrder, signedIn).Uses(orders, tickets),
			s.page("my-orders-page", "/orders", s.MyOrders, signedIn).Uses(orders),
			s.page("order-page", "/orders/{id}", s.OrderPage, signedIn).Uses(orders, payments, tickets),
			s.fragment("order-state", "/orders/{id}/state", s.OrderPage, signedIn).Uses(orders, payments, tickets),
			s.form("cancel-order-form", "/orders/{id}/cancel", s.CancelOrder, signedIn).Uses(orders, payments),
			s.form("extend-order-form", "/orders/{id}/extend", s.ExtendOrder, signedIn).Uses(orders, payments),
			s.page("pass-page", "/orders/{id}/pass", s.PassPage, signedIn).Uses(orders, tickets, Address{}),
			s.page("pass-file", "/orders/{id}/pass.pdf", s.PassPDF, signedIn).Uses(orders, tickets, Address{}),
			s.page("verify-page", "/verify/{code}", s.VerifyPage).Under("/verify").Uses(orders),
			s.form("use-pass-form", "/verify/{code}", s.UsePass, signedIn).Under("/verify").Uses(orders),
			s.page("pay-page", "/orders/{id}/pay", s.PayPage, signedIn).Under("/orders/{id}/pay").Uses(orders, payments, Stripe{}),
			s.fragment("pay-state", "/orders/{id}/pay/state", s.PayState, signedIn).Under("/orders/{id}/pay").Uses(orders, payments),
			s.form("pay-form", "/orders/{id}/pay", s.Pay, signedIn).Under("/orders/{id}/pay").Uses(orders, payments, Stripe{}),
			s.form("confirm-payment-form", "/orders/{id}/confirm", s.ConfirmPayment, signedIn).Uses(orders, payments, Stripe{}, Sandbox{}),
			s.asset("get-asset", "/assets/{name}"),
			s.document("openapi-document", "/api/openapi.json", s.OpenAPI),
			s.document("site-health", "/api/health", s.Health),
			s.document("asyncapi-document", "/api/asyncapi.json", s.AsyncAPI),
			s.page("api-docs-page", "/api/docs", s.APIDocs).Answers(http.StatusOK, "text/html"),
			outsideAPI(s.page("not-found-page", "/", s.NotFoundPage)),
		},
		Refuse: s.refuse,
		Start:  nothing,
		Ready:  nothing,
		Stop:   s.api.Close,
	}
}
