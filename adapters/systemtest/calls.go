package systemtest

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/session"
)

// SignUp makes an account and opens a session.
func (u *User) SignUp(ctx context.Context) error {
	return u.Call(ctx, "POST", "/api/users/signup", u.credentials(), nil)
}

// SignIn opens a session.
func (u *User) SignIn(ctx context.Context) error {
	return u.Call(ctx, "POST", "/api/users/signin", u.credentials(), nil)
}

// SignOut ends the session.
func (u *User) SignOut(ctx context.Context) error {
	return u.Call(ctx, "POST", "/api/users/signout", nil, nil)
}

func (u *User) credentials() map[string]string {
	return map[string]string{"email": u.Email, "password": u.Password}
}

// CurrentUser returns the claims of the session, nil without one.
func (u *User) CurrentUser(ctx context.Context) (*session.Claims, error) {
	var reply struct{ CurrentUser *session.Claims }
	err := u.Call(ctx, "GET", "/api/users/current-user", nil, &reply)
	return reply.CurrentUser, err
}

// OfferTicket puts a ticket up for sale. The price is a decimal.
func (u *User) OfferTicket(ctx context.Context, title, price string) (event.Ticket, error) {
	return u.changeTicket(ctx, "POST", "/api/tickets", title, price)
}

// ChangeTicket changes a ticket of the user's.
func (u *User) ChangeTicket(ctx context.Context, id int32, title, price string) (event.Ticket, error) {
	return u.changeTicket(ctx, "PUT", fmt.Sprintf("/api/tickets/%d", id), title, price)
}

func (u *User) changeTicket(ctx context.Context, method, path, title, price string) (event.Ticket, error) {
	var reply struct{ Ticket event.Ticket }
	err := u.Call(ctx, method, path, map[string]string{"title": title, "price": price}, &reply)
	return reply.Ticket, err
}

// Ticket returns a ticket.
func (u *User) Ticket(ctx context.Context, id int32) (ticket event.Ticket, err error) {
	err = u.Call(ctx, "GET", fmt.Sprintf("/api/tickets/%d", id), nil, &ticket)
	return ticket, err
}

// PlaceOrder reserves a ticket.
func (u *User) PlaceOrder(ctx context.Context, ticket int32) (event.Order, error) {
	return u.changeOrder(ctx, "POST", "/api/orders", map[string]int32{"ticketId": ticket})
}

// CancelOrder frees the ticket of an order.
func (u *User) CancelOrder(ctx context.Context, id int32) (event.Order, error) {
	return u.changeOrder(ctx, "PATCH", fmt.Sprintf("/api/orders/%d", id), nil)
}

// ExtendOrder asks for more time.
func (u *User) ExtendOrder(ctx context.Context, id int32) (event.Order, error) {
	return u.changeOrder(ctx, "POST", fmt.Sprintf("/api/orders/%d/extend", id), nil)
}

func (u *User) changeOrder(ctx context.Context, method, path string, in any) (event.Order, error) {
	var reply struct{ Order event.Order }
	err := u.Call(ctx, method, path, in, &reply)
	return reply.Order, err
}

// Order returns an order of the user's.
func (u *User) Order(ctx context.Context, id int32) (order event.Order, err error) {
	err = u.Call(ctx, "GET", fmt.Sprintf("/api/orders/%d", id), nil, &order)
	return order, err
}

// Receipt is the answer to a payment, or to the first step of one.
type Receipt struct {
	Message      string
	ClientSecret string // of the second step; empty where none is needed
	Charge       event.Charge
	Payment      event.Payment
}

// Pay charges an order to a card, by a token such as tok_visa.
func (u *User) Pay(ctx context.Context, order int32, token string) (receipt Receipt, err error) {
	err = u.Call(ctx, "POST", "/api/payments", map[string]any{"orderId": order, "token": token}, &receipt)
	return receipt, err
}

// Authenticate does the second step of a payment, at Stripe. Outcome: succeed or fail.
func (b *Backends) Authenticate(ctx context.Context, r Receipt, outcome string) error {
	intent, _, _ := strings.Cut(r.ClientSecret, "_secret")
	form := url.Values{"client_secret": {r.ClientSecret}, "outcome": {outcome}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.stripe+"/sandbox/payment_intents/"+intent+"/authenticate", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(req)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("authenticate: %s", answer.Status)
	}
	if err == nil {
		err = answer.Body.Close()
	}
	return err
}

// list returns all of a list, page by page.
func list[T any](ctx context.Context, u *User, path string, id func(T) int32) (all []T, err error) {
	const limit = 1000 // the largest page
	for query := fmt.Sprintf("?limit=%d", limit); ; query = fmt.Sprintf("?limit=%d&after=%d", limit, id(all[len(all)-1])) {
		var page []T
		if err := u.Call(ctx, "GET", path+query, nil, &page); err != nil {
			return nil, err
		}
		if all = append(all, page...); len(page) < limit {
			return all, nil
		}
	}
}
