package local

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/session"
)

// testNoSession: exactly those endpoints that need a session refuse whoever has none, before all else.
func testNoSession(t *testing.T, w *world) {
	nobody, forger := w.stranger(t), w.stranger(t)
	forged := session.Keys{Secret: []byte("a secret of the forger's own, of 32 bytes and more")}
	if err := forger.Believed(forged, 1); err != nil {
		t.Fatal(err)
	}
	for _, service := range w.apis() {
		for _, e := range service.Endpoints {
			if !inputs[e.Name].session {
				continue
			}
			path := strings.ReplaceAll(e.Path, "{id}", "x")
			w.refused(t, nobody, e.Name+" without a session", request{e.Method, path, "", "", []int{http.StatusUnauthorized}})
			w.refused(t, forger, e.Name+" with a forged one", request{e.Method, path, "", "", []int{http.StatusUnauthorized}})
		}
	}
}

// testUnknownPlaces: what is no endpoint is not found, by any method; nor are the reference's leaks.
func testUnknownPlaces(t *testing.T, w *world) {
	somebody := w.shopper(t)
	offered := map[string]bool{}
	for _, service := range w.apis() {
		for _, e := range service.Endpoints {
			offered[e.Method+" "+e.Path] = true
		}
	}
	for _, service := range w.apis() {
		for _, e := range service.Endpoints {
			for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
				if offered[method+" "+e.Path] {
					continue
				}
				path := strings.ReplaceAll(e.Path, "{id}", "1")
				w.refused(t, somebody, fmt.Sprintf("%s instead of %s", method, e.Name), request{method, path, jsonKind, "{}", nil})
			}
		}
	}
	for _, path := range []string{"/api/", "/api/tickets/1/2", "/api/secrets"} {
		w.refused(t, somebody, path, request{http.MethodGet, path, "", "", []int{http.StatusNotFound}})
	}
	for _, path := range []string{"/env", "/crash-server", "/api", "/tickets/x", "/tickets/0", "/tickets/99999999999", "/assets/secrets.json", "/assets/..%2fgo.mod"} {
		if status := w.status(t, somebody, request{http.MethodGet, path, "", "", nil}); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status) // a page says so, to people
		}
	}
	for _, site := range []string{"https://evil.example", "null"} {
		w.crossOrigin(t, site)
	}
}

// crossOrigin: what a page of another site makes a browser send is refused.
func (w *world) crossOrigin(t *testing.T, site string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL()+"/api/users/signout", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", site)
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	if status, body, err := w.shopper(t).Send(req); err != nil || status != http.StatusForbidden {
		t.Errorf("from %s: %d %s %v", site, status, body, err)
	}
}
