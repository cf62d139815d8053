package client

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/api"
)

// TestAPIDocs: the page shows each call and event of the documents, and its links lead somewhere.
func TestAPIDocs(t *testing.T) {
	t.Parallel()
	v := visitSite(t, nil, nil)
	var calls api.Calls
	var events api.Events
	for path, into := range map[string]any{"/api/openapi.json": &calls, "/api/asyncapi.json": &events} {
		a := v.ask("GET "+path, nil)
		if err := json.Unmarshal([]byte(a.body), into); err != nil || a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "application/json; charset=utf-8" {
			t.Fatal(a.StatusCode, a.Header, err)
		}
	}
	page := v.ask("GET /api/docs", nil)
	if page.StatusCode != http.StatusOK || len(calls.Paths) < 10 || len(events.Channels) < 8 {
		t.Fatal(page.StatusCode, len(calls.Paths), len(events.Channels))
	}
	for path, methods := range calls.Paths {
		for method, call := range methods {
			title := "<code><b>" + strings.ToUpper(method) + "</b> " + path + "</code>"
			if !strings.Contains(page.body, title) || !strings.Contains(page.body, `id="`+call.ID+`"`) {
				t.Errorf("the page has no %s %s", method, path)
			}
		}
	}
	for channel := range events.Channels {
		if !strings.Contains(page.body, "<code>"+channel+"</code>") {
			t.Errorf("the page has no %s", channel)
		}
	}
	for _, link := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(page.body, -1) {
		if !strings.Contains(page.body, `id="`+link[1]+`"`) {
			t.Errorf("%s leads nowhere", link[1])
		}
	}
}
