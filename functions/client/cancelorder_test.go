package client

import (
	"net/http"
	"testing"

	"github.com/gittix/ticketing/shared/event"
)

func TestCancelOrder(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{
		"PATCH /api/orders/7": append(ok(map[string]any{"order": anOrder()}), refuse(409, "Order is already complete.", "order_is_already_complete")...),
		"PATCH /api/orders/8": refuse(401, "You are not authorized to cancel this order.", "you_are_not_authorized_to_cancel_this_order"),
		"GET /api/orders/7":   ok(orderThat(func(o *event.Order) { o.Status = event.OrderIsComplete })),
	}).as(2)
	v.post("/orders/7/cancel", nil).leadsTo("/orders/7")
	v.post("/orders/7/cancel", nil).is(http.StatusConflict, "it can no longer be cancelled", "Receipt")
	v.post("/orders/8/cancel", nil).is(http.StatusForbidden, "This is somebody else&#39;s order")
}
