package client

import (
	"net/http"
	"testing"
)

func TestExtendOrder(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{
		"POST /api/orders/7/extend": append(ok(map[string]any{"order": anOrder()}), refuse(409, "Order cannot be extended.", "order_cannot_be_extended")...),
		"POST /api/orders/8/extend": refuse(401, "You are not authorized to extend this order.", "you_are_not_authorized_to_extend_this_order"),
		"GET /api/orders/7":         ok(anOrder()),
	}).as(2)
	v.post("/orders/7/extend", nil).leadsTo("/orders/7?note=extended")
	v.post("/orders/7/extend", nil).is(http.StatusConflict, "This order cannot be given more time.", "/orders/7/pay", "!/orders/7/extend")
	v.post("/orders/8/extend", nil).is(http.StatusForbidden, "This is somebody else&#39;s order")
}
