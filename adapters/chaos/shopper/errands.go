package shopper

import (
	"context"
	"fmt"
	"strings"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/session"
)

// SignUp makes an account, and leaves the shopper signed in.
func (s *Shopper) SignUp(ctx context.Context) error {
	return s.Call(ctx, "POST", "/api/users/signup", s.credentials(), nil)
}

// SignIn opens a session.
func (s *Shopper) SignIn(ctx context.Context) error {
	return s.Call(ctx, "POST", "/api/users/signin", s.credentials(), nil)
}

// SignOut ends the session.
func (s *Shopper) SignOut(ctx context.Context) error {
	return s.Call(ctx, "POST", "/api/users/signout", nil, nil)
}

func (s *Shopper) credentials() map[string]string {
	return map[string]string{"email": s.Email, "password": s.Password}
}

// WhoAmI returns the claims of the session, or nil for nobody.
func (s *Shopper) WhoAmI(ctx context.Context) (*session.Claims, error) {
	var reply struct{ CurrentUser *session.Claims }
	err := s.Call(ctx, "GET", "/api/users/current-user", nil, &reply)
	return reply.CurrentUser, err
}

// Offer puts a ticket up for sale. The price is a decimal.
func (s *Shopper) Offer(ctx context.Context, title, price string) (event.Ticket, error) {
	var reply struct{ Ticket event.Ticket }
	err := s.Call(ctx, "POST", "/api/tickets", offer(title, price), &reply)
	return reply.Ticket, err
}

// Reoffer changes a ticket of the shopper's own.
func (s *Shopper) Reoffer(ctx context.Context, id int32, title, price string) (event.Ticket, error) {
	var reply struct{ Ticket event.Ticket }
	err := s.Call(ctx, "PUT", fmt.Sprintf("/api/tickets/%d", id), offer(title, price), &reply)
	return reply.Ticket, err
}

func offer(title, price string) map[string]string {
	return map[string]string{"title": title, "price": price}
}

// Ticket looks at a ticket.
func (s *Shopper) Ticket(ctx context.Context, id int32) (ticket event.Ticket, err error) {
	err = s.Call(ctx, "GET", fmt.Sprintf("/api/tickets/%d", id), nil, &ticket)
	return ticket, err
}

// PlaceOrder reserves a ticket.
func (s *Shopper) PlaceOrder(ctx context.Context, ticket int32) (event.Order, error) {
	return s.changeOrder(ctx, "POST", "/api/orders", map[string]int32{"ticketId": ticket})
}

// CancelOrder gives an order up.
func (s *Shopper) CancelOrder(ctx context.Context, id int32) (event.Order, error) {
	return s.changeOrder(ctx, "PATCH", fmt.Sprintf("/api/orders/%d", id), nil)
}

// ExtendOrder asks for more time.
func (s *Shopper) ExtendOrder(ctx context.Context, id int32) (event.Order, error) {
	return s.changeOrder(ctx, "POST", fmt.Sprintf("/api/orders/%d/extend", id), nil)
}

func (s *Shopper) changeOrder(ctx context.Context, method, path string, in any) (event.Order, error) {
	var reply struct{ Order event.Order }
	err := s.Call(ctx, method, path, in, &reply)
	return reply.Order, err
}

// Order looks at an order of the shopper's own.
func (s *Shopper) Order(ctx context.Context, id int32) (order event.Order, err error) {
	err = s.Call(ctx, "GET", fmt.Sprintf("/api/orders/%d", id), nil, &order)
	return order, err
}

// Receipt is what the shopper gets for a payment, or for the first step of one.
type Receipt struct {
	Message      string        `json:"message"`
	ClientSecret string        `json:"clientSecret"` // of the second step; empty where none is needed
	Charge       event.Charge  `json:"charge"`
	Payment      event.Payment `json:"payment"`
}

// Intent is the id, at Stripe, of what waits for its second step.
func (r Receipt) Intent() string {
	intent, _, _ := strings.Cut(r.ClientSecret, "_secret")
	return intent
}

// Pay charges an order to a card, by a token such as tok_visa.
func (s *Shopper) Pay(ctx context.Context, order int32, token string) (receipt Receipt, err error) {
	err = s.Call(ctx, "POST", "/api/payments", map[string]any{"orderId": order, "token": token}, &receipt)
	return receipt, err
}
