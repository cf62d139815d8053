package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
)

// What orders and payments may answer.
var (
	ErrTicketUnknown  = apierror.New(http.StatusBadRequest, "Ticket not found.")
	ErrTicketTaken    = apierror.New(http.StatusBadRequest, "Ticket is already reserved.")
	ErrTicketGone     = apierror.New(http.StatusBadRequest, "Ticket is no longer offered.")
	ErrOwnTicket      = apierror.New(http.StatusBadRequest, "You cannot order your own ticket.")
	ErrTooManyOpen    = apierror.New(http.StatusTooManyRequests, "Too many open orders.")
	ErrTooManyHolds   = apierror.New(http.StatusTooManyRequests, "Too many reservations of this ticket.")
	ErrTooManyOrders  = apierror.New(http.StatusTooManyRequests, "Too many orders.")
	ErrNoSuchOrder    = apierror.New(http.StatusNotFound, "Order not found.")
	ErrNotYoursToView = apierror.New(http.StatusUnauthorized, "You are not authorized to view this order.")
	ErrNotYoursToEnd  = apierror.New(http.StatusUnauthorized, "You are not authorized to cancel this order.")
	ErrNotYoursToKeep = apierror.New(http.StatusUnauthorized, "You are not authorized to extend this order.")
	ErrOrderComplete  = apierror.New(http.StatusConflict, "Order is already complete.")
	ErrNotExtendable  = apierror.New(http.StatusConflict, "Order cannot be extended.")

	ErrOrderUnknown   = apierror.New(http.StatusBadRequest, "Order not found.")
	ErrNotYoursToPay  = apierror.New(http.StatusUnauthorized, "Not Authorized.")
	ErrOrderCancelled = apierror.New(http.StatusBadRequest, "Order is cancelled.")
	ErrOrderExpired   = apierror.New(http.StatusBadRequest, "Order is expired.")
	ErrPaid           = apierror.New(http.StatusConflict, "Order is already paid.")
	ErrInProgress     = apierror.New(http.StatusConflict, "Payment in progress.")
	ErrTooManyTries   = apierror.New(http.StatusTooManyRequests, "Too many payment attempts.")
	ErrNotChargeable  = apierror.New(http.StatusUnprocessableEntity, "Amount cannot be charged.")
	ErrPaymentRefused = apierror.New(http.StatusUnprocessableEntity, "Payment refused.")
	ErrDeclined       = apierror.New(http.StatusBadRequest, "Stripe charge failed.")
)

// PlaceOrder reserves a ticket.
//
// Errors: apierror.ErrNotAuthorized, ErrTicketUnknown, ErrTicketTaken, ErrTicketGone, ErrOwnTicket, ErrTooManyOpen, ErrTooManyHolds,
// ErrTooManyOrders.
func (s *Session) PlaceOrder(ctx context.Context, ticketID int32) (event.Order, error) {
	return s.changeOrder(ctx, http.MethodPost, "/api/orders", map[string]int32{"ticketId": ticketID})
}

// Orders lists the user's orders.
//
// Errors: apierror.ErrNotAuthorized, apierror.ErrInvalidQuery.
func (s *Session) Orders(ctx context.Context, page Page) (List[event.Order], error) {
	return list[event.Order](ctx, s, "/api/orders", url.Values{}, page)
}

// Order returns one order of the user's own.
//
// Errors: apierror.ErrNotAuthorized, ErrNoSuchOrder, ErrNotYoursToView.
func (s *Session) Order(ctx context.Context, id int32) (o event.Order, err error) {
	_, err = s.do(ctx, call{method: http.MethodGet, path: orderPath(id), out: &o})
	return o, err
}

// CancelOrder frees the ticket of an order.
//
// Errors: apierror.ErrNotAuthorized, ErrNoSuchOrder, ErrNotYoursToEnd, ErrOrderComplete.
func (s *Session) CancelOrder(ctx context.Context, id int32) (event.Order, error) {
	return s.changeOrder(ctx, http.MethodPatch, orderPath(id), nil)
}

// ExtendOrder gives an order another hold from now.
//
// Errors: apierror.ErrNotAuthorized, ErrNoSuchOrder, ErrNotYoursToKeep, ErrNotExtendable.
func (s *Session) ExtendOrder(ctx context.Context, id int32) (event.Order, error) {
	return s.changeOrder(ctx, http.MethodPost, orderPath(id)+"/extend", nil)
}

func (s *Session) changeOrder(ctx context.Context, method, path string, in any) (event.Order, error) {
	var reply struct{ Order event.Order }
	_, err := s.do(ctx, call{method: method, path: path, in: in, out: &reply})
	return reply.Order, err
}

func orderPath(id int32) string { return fmt.Sprintf("/api/orders/%d", id) }

// Receipt is the answer to a payment, or to the first step of one.
type Receipt struct {
	ClientSecret string // of the second step; empty where none is needed
	Charge       event.Charge
	Payment      event.Payment
}

// Intent is the id, at Stripe, of what waits for its second step.
func (r Receipt) Intent() string {
	intent, _, _ := strings.Cut(r.ClientSecret, "_secret")
	return intent
}

// OrderPayment is what payments knows of an order's money. Without a payment, or with one that failed, nothing was charged;
// while one is pending that is not known yet.
type OrderPayment struct {
	Payment     *event.Payment
	NeedsAction bool // the payment waits for the buyer's second step
}

// OrderPayment returns how an order of the user's own stands with its money.
//
// Errors: apierror.ErrNotAuthorized; ErrNoSuchOrder, also while payments has no copy of the order yet, which then cannot have
// been charged; ErrNotYoursToPay.
func (s *Session) OrderPayment(ctx context.Context, orderID int32) (p OrderPayment, err error) {
	_, err = s.do(ctx, call{method: http.MethodGet, path: fmt.Sprintf("/api/payments/orders/%d", orderID), out: &p})
	return p, err
}

// Pay charges an order to a card, by a token of Stripe's such as tok_visa.
//
// Errors: apierror.ErrNotAuthorized, ErrOrderUnknown, ErrNotYoursToPay, ErrOrderCancelled,
// ErrOrderExpired, ErrPaid, ErrInProgress, ErrDeclined, ErrNotChargeable, ErrPaymentRefused; apierror.Unavailable: whether it was charged is not
// known yet.
func (s *Session) Pay(ctx context.Context, orderID int32, token string) (r Receipt, err error) {
	in := struct {
		OrderID int32  `json:"orderId"`
		Token   string `json:"token"`
	}{orderID, token}
	_, err = s.do(ctx, call{method: http.MethodPost, path: "/api/payments", in: in, out: &r, timeout: s.client.paymentTimeout})
	return r, err
}
