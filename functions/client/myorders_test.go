package client

import (
	"net/http"
	"testing"

	"github.com/gittix/ticketing/shared/event"
)

func TestMyOrders(t *testing.T) {
	t.Parallel()
	list := []reply{{
		status: http.StatusOK, header: http.Header{"Link": {`</api/orders?after=7&limit=20>; rel="next"`}},
		body: []event.Order{anOrder(), orderThat(func(o *event.Order) { o.Status = event.OrderIsComplete }), orderThat(func(o *event.Order) { o.Status = event.OrderIsCancelled })},
	}}
	v := visitSite(t, answers{"GET /api/orders": append(list, ok([]event.Order{})...)}).as(2)
	v.get("/orders").is(http.StatusOK, "Cup final", "Waiting for payment", "Paid", "Cancelled", `href="/orders/7"`, `href="/orders?after=7" rel="next"`)
	v.get("/orders?after=7").is(http.StatusOK, "You have ordered nothing yet.", `href="/orders"`)
	if q := v.services.all("GET /api/orders")[1].URL.RawQuery; q != "after=7&limit=20" {
		t.Error(q)
	}
}
