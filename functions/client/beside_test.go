package client

import (
	"net/http"
	"testing"

	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// A panic while a page asks for two things at once fails that page alone.
func TestBesidePanics(t *testing.T) {
	t.Parallel()
	broken := function.Raw("order-page", http.MethodGet, "/orders/{id}", func(_ http.ResponseWriter, r *http.Request) {
		besidePaid(r.Context(), visit{Request: r}, 1) // a visit without services
	})
	f := functiontest.Serve(t, function.Service{Name: "client", Endpoints: []function.Endpoint{broken}, Stop: func() {}})
	if a := f.Call(0, "GET", "/orders/1", ""); a.Status != 500 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	f.Counted(map[string]float64{"panics_total function=order-page service=client": 2})
}
