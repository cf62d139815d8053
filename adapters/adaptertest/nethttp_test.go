package adaptertest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/adaptertest"
	"github.com/gittix/ticketing/shared/function"
)

// TestNetHTTP: what is right agrees with itself.
func TestNetHTTP(t *testing.T) {
	t.Parallel()
	adaptertest.Run(t, adaptertest.NetHTTP())
}

// TestBelow: behind a proxy that has the services below a path, handlers see no more of it than without, and clients are led to
// paths below it; whether the proxy passes the path on or takes it away.
func TestBelow(t *testing.T) {
	t.Parallel()
	for name, mount := range map[string]function.Mount{"passed on": {Path: "/shop/a"}, "taken away": {Path: "/shop/a", Stripped: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adaptertest.Run(t, adaptertest.Below(mount))
		})
	}
}

// TestOutside: what is not below the path is not there.
func TestOutside(t *testing.T) {
	t.Parallel()
	mirror := function.Service{Name: "echo", Endpoints: []function.Endpoint{
		function.Raw("see", http.MethodGet, "/", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(r.URL.Path)) }),
	}}
	h := adaptertest.Below(function.Mount{Path: "/shop"})
	p := h.Start(t, mirror, time.Minute)
	for target, want := range map[string]string{"": "/", "/": "/", "/shop": "/shop", "?a=b": "/", "ping": ""} {
		a, err := p.Do(t.Context(), adaptertest.Request{Method: http.MethodGet, Target: target})
		found := a.Status == http.StatusOK && string(a.Body) == want
		if err != nil || found != (want != "") || want == "" && a.Status != http.StatusNotFound {
			t.Errorf("/shop%s: %d %s, %v", target, a.Status, a.Body, err)
		}
	}
}
