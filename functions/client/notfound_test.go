package client

import (
	"net/http"
	"testing"
)

func TestNotFoundPage(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{})
	v.get("/no/such/page").is(http.StatusNotFound, "There is nothing here", `href="/"`)
	v.get("/orders/7/cancel").is(http.StatusNotFound, "There is nothing here") // only a button's
	s := v.get("/api/nothing").is(http.StatusNotFound)
	if s.body != `{"message":"Not Found.","code":"not_found"}`+"\n" || s.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Error(s.Header, s.body)
	}
}
