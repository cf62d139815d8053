package orders

import (
	"fmt"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

func TestGetAndListOrders(t *testing.T) {
	t.Parallel()
	w := start(t, 50, 1)
	if a := w.Call(buyer, "GET", "/api/orders", ""); a.Body != "[]" {
		t.Errorf("none yet: %s", a.Body)
	}
	first, second := w.reserve(1), w.reserve(2)
	w.offer(3)
	others := functiontest.Parse[reply](t, w.Call(stranger, "POST", "/api/orders", `{"ticketId":3}`), 201).Order
	w.pass(time.Hour)
	for query, want := range map[string][]int32{"": {second.ID, first.ID}, "?limit=1": {second.ID}, "?after=2": {first.ID}, "?after=1": {}} {
		a := w.Call(buyer, "GET", "/api/orders"+query, "")
		got := functiontest.Parse[[]event.Order](t, a, 200)
		var ids []int32
		for _, o := range got {
			ids = append(ids, o.ID)
		}
		if fmt.Sprint(ids) != fmt.Sprint(want) || (a.Header.Get("Link") == `</api/orders?after=2&limit=1>; rel="next"`) != (query == "?limit=1") {
			t.Errorf("%s: %v, Link %q; want %v", query, ids, a.Header.Get("Link"), want)
		}
	}
	if got := w.get(first.ID); text(got) != text(first) {
		t.Errorf("%+v", got)
	}
	for _, c := range []struct {
		user    int32
		target  string
		status  int
		message string
	}{
		{0, "/api/orders", 401, "Not authorized."},
		{0, "/api/orders/x", 401, "Not authorized."},
		{buyer, "/api/orders?limit=0", 400, "Invalid query."},
		{buyer, "/api/orders/x", 400, "Invalid id."},
		{buyer, path(99), 404, "Order not found."},
		{buyer, path(others.ID), 401, "You are not authorized to view this order."},
		{buyer, "/api/orders/1/2", 404, "Not Found."},
	} {
		functiontest.Refused(t, c.target, w.Call(c.user, "GET", c.target, ""), c.status, c.message)
	}
}
