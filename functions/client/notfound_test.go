package client

import "testing"

// TestAddresses that people and programs try, and that are none of a page.
func TestAddresses(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{}, nil)
	v.ask("GET /orders/", nil).leadsTo("/orders")
	v.ask("GET /tickets/3/?note=x", nil).leadsTo("/tickets/3?note=x")
	icon, err := v.views().assets.url("icon.svg")
	if err != nil {
		t.Fatal(err)
	}
	v.ask("GET /favicon.ico", nil).leadsTo(icon)
	if s := v.ask("GET /api/health", nil).is(200); s.body != `{"status":"ok"}` || s.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("%v %s", s.Header, s.body)
	}
	v.ask("GET /api/healthy", nil).is(404, `"not_found"`)
	v.ask("GET /nothing", nil).is(404, "There is nothing here")
}

func (v visitor) views() *views {
	all, err := testViews()
	if err != nil {
		v.t.Fatal(err)
	}
	return all
}
