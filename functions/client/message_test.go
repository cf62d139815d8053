package client

import (
	"net/http"
	"testing"
	"time"
)

func TestIn(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "later", time.Second: "in 1 second", 1500 * time.Millisecond: "in 2 seconds", time.Minute: "in 1 minute",
		61 * time.Second: "in 2 minutes", 15 * time.Minute: "in 15 minutes", time.Hour: "in 1 hour", 90 * time.Minute: "in 2 hours",
	} {
		if got := in(d); got != want {
			t.Errorf("%v: %s", d, got)
		}
	}
}

// TestAnswersNobodyExpected: what a newer service may say is shown as it is.
func TestAnswersNobodyExpected(t *testing.T) {
	t.Parallel()
	late := refuse(http.StatusTooManyRequests, "Slow down.", "slow_down")
	late[0].header = http.Header{"Retry-After": {"90"}}
	v := visitSite(t, answers{
		"PATCH /api/orders/7":       refuse(http.StatusConflict, "Order is <on> fire.", "order_is_on_fire"),
		"POST /api/orders/7/extend": late,
	}).as(2)
	v.post("/orders/7/cancel", nil).is(http.StatusConflict, "Order is &lt;on&gt; fire.", "All tickets")
	s := v.post("/orders/7/extend", nil).is(http.StatusTooManyRequests, "in 2 minutes", `href="/orders/7"`)
	if s.Header.Get("Retry-After") != "90" {
		t.Error(s.Header.Get("Retry-After"))
	}
}
