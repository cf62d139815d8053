package local

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/chaos/shopper"
)

const formKind = "application/x-www-form-urlencoded"

// wrongForms are what no form of the site accepts.
var wrongForms = []struct{ kind, body string }{
	{formKind, ""},
	{formKind, "%"},
	{formKind, "title=%00&price=%00&email=%00&password=%00&token=%00"},
	{formKind, "title=%ff&price=%ff&email=%ff&password=%ff&token=%ff"},
	{formKind, "title=&price=1e400&email=x&password=x&token=tok%20x"},
	{formKind, "title=x&price=-1&email=@&password=%20&token=4242424242424242"},
	{formKind, "title=" + strings.Repeat("x", 2<<20)},
	{"multipart/form-data; boundary=x", "--x\r\n"},
	{jsonKind, `{"title":"x","price":1}`},
	{"", "title"},
}

// testBadForms: whatever is sent to a page of the site, the site answers, as no fault of its own, and
// nothing changes.
func testBadForms(t *testing.T, w *world) {
	w.audited(t)
	somebody := w.shopper(t)
	before := w.fingerprint(t)
	for _, service := range w.services {
		if service.Name != "client" {
			continue
		}
		for _, e := range service.Endpoints {
			if e.Name == "sign-out-form" {
				continue // there is no wrong way to sign out
			}
			path := strings.NewReplacer("{$}", "", "{name}", "x").Replace(e.Path)
			for _, wrong := range wrongNumbers {
				w.answered(t, somebody, request{e.Method, strings.ReplaceAll(path, "{id}", wrong) + "?after=" + wrong + "&return=" + wrong, formKind, "", nil})
			}
			if e.Method != http.MethodPost {
				continue
			}
			for _, wrong := range wrongForms {
				w.answered(t, somebody, request{e.Method, strings.ReplaceAll(path, "{id}", "1"), wrong.kind, wrong.body, nil})
			}
		}
	}
	w.unchanged(t, before)
}

func (w *world) answered(t *testing.T, s *shopper.Shopper, r request) {
	t.Helper()
	if status := w.status(t, s, r); status >= http.StatusInternalServerError {
		t.Errorf("%s %s %.60q: %d", r.method, r.path, r.body, status)
	}
}

// status is what comes of a request, after all redirections.
func (w *world) status(t *testing.T, s *shopper.Shopper, r request) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), r.method, w.URL()+r.path, strings.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	if r.kind != "" {
		req.Header.Set("Content-Type", r.kind)
	}
	status, _, err := s.Send(req)
	if err != nil {
		t.Errorf("%s %s: no answer: %v", r.method, r.path, err)
	}
	return status
}
