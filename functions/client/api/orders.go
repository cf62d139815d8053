package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
)

// What orders may answer.
var (
	ErrTicketUnknown  = apierror.New(http.StatusBadRequest, "Ticket not found.")
	ErrTicketTaken    = apierror.New(http.StatusBadRequest, "Ticket is already reserved.")
	ErrOwnTicket      = apierror.New(http.StatusBadRequest, "You cannot order your own ticket.")
	ErrTooManyOpen    = apierror.New(http.StatusTooManyRequests, "Too many open orders.")
	ErrNoSuchOrder    = apierror.New(http.StatusNotFound, "Order not found.")
	ErrNotYoursToView = apierror.New(http.StatusUnauthorized, "You are not authorized to view this order.")
	ErrNotYoursToEnd  = apierror.New(http.StatusUnauthorized, "You are not authorized to cancel this order.")
	ErrNotYoursToKeep = apierror.New(http.StatusUnauthorized, "You are not authorized to extend this order.")
	ErrOrderComplete  = apierror.New(http.StatusConflict, "Order is already complete.")
	ErrNotExtendable  = apierror.New(http.StatusConflict, "Order cannot be extended.")
)

// patience is how long a thing that was made a moment ago may be unknown to the service that keeps a copy
// of it: copies travel by events.
const patience = 2 * time.Second

// patiently repeats try while it fails with unknown, for as long as patience lasts.
func patiently(ctx context.Context, unknown error, try func() error) error {
	deadline := time.Now().Add(patience)
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, 250*time.Millisecond) {
		err := try()
		if !errors.Is(err, unknown) || time.Now().Add(pause).After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return apierror.Unavailable(context.Cause(ctx))
		case <-time.After(pause):
		}
	}
}

// PlaceOrder reserves a ticket. A ticket that orders does not know yet is waited for.
//
// Errors: apierror.ErrNotAuthorized, ErrTicketUnknown, ErrTicketTaken, ErrOwnTicket, ErrTooManyOpen.
func (c Caller) PlaceOrder(ctx context.Context, ticketID int32) (event.Order, error) {
	var reply struct{ Order event.Order }
	err := patiently(ctx, ErrTicketUnknown, func() error {
		_, err := c.do(ctx, call{
			method: http.MethodPost, url: c.origins.Orders + "/api/orders", in: map[string]int32{"ticketId": ticketID}, out: &reply,
		})
		return err
	})
	return reply.Order, err
}

// Orders lists the visitor's orders.
//
// Errors: apierror.ErrNotAuthorized, apierror.ErrInvalidQuery.
func (c Caller) Orders(ctx context.Context, after int32) (List[event.Order], error) {
	return list[event.Order](ctx, c, c.origins.Orders+"/api/orders", url.Values{}, after)
}

// Order returns one order of the visitor's.
//
// Errors: apierror.ErrNotAuthorized, ErrNoSuchOrder, ErrNotYoursToView.
func (c Caller) Order(ctx context.Context, id int32) (o event.Order, err error) {
	_, err = c.do(ctx, call{method: http.MethodGet, url: c.orderURL(id), out: &o})
	return o, err
}

// OrderPaid returns an order that has just been paid, which orders hears by an event: it waits a moment for
// that, and returns the order as it then is.
//
// Errors: as Order.
func (c Caller) OrderPaid(ctx context.Context, id int32) (o event.Order, err error) {
	still := errors.New("still unpaid")
	wait := patiently(ctx, still, func() error {
		if o, err = c.Order(ctx, id); err == nil && o.Status == event.OrderIsCreated {
			return still
		}
		return err
	})
	if errors.Is(wait, still) {
		return o, nil
	}
	return o, wait
}

// CancelOrder frees the ticket of an order.
//
// Errors: apierror.ErrNotAuthorized, ErrNoSuchOrder, ErrNotYoursToEnd, ErrOrderComplete.
func (c Caller) CancelOrder(ctx context.Context, id int32) error {
	_, err := c.do(ctx, call{method: http.MethodPatch, url: c.orderURL(id)})
	return err
}

// ExtendOrder gives an order another hold from now.
//
// Errors: apierror.ErrNotAuthorized, ErrNoSuchOrder, ErrNotYoursToKeep, ErrNotExtendable.
func (c Caller) ExtendOrder(ctx context.Context, id int32) error {
	_, err := c.do(ctx, call{method: http.MethodPost, url: c.orderURL(id) + "/extend"})
	return err
}

func (c Caller) orderURL(id int32) string {
	return fmt.Sprintf("%s/api/orders/%d", c.origins.Orders, id)
}
