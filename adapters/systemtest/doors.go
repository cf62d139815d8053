package systemtest

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/function"
)

// site is the service whose endpoints are pages and forms.
const site = "client"

// Door is an endpoint that needs a session, or a page that shows whose it is.
type Door struct {
	Service string
	function.Endpoint
}

// Doors returns every endpoint that needs a session, of all services by their tables of contents, and the site's first page.
func Doors(t testing.TB) (all []Door) {
	t.Helper()
	for _, def := range functions.Services() {
		contents, err := def.Contents()
		if err != nil {
			t.Fatal(err)
		}
		contents.Stop()
		for _, e := range contents.Endpoints {
			if e.NeedsSession || e.Name == "home-page" {
				all = append(all, Door{def.Name, e})
			}
		}
	}
	return all
}

// Refuses returns nil if the user's session opens nothing here: an API answers 401, and the site with a page for no user in
// particular. What the request asks for does not exist.
func (d Door) Refuses(ctx context.Context, u *User) error {
	path := strings.NewReplacer("{$}", "", "{id}", "2147483647").Replace(d.Path)
	kind, body := "application/json", "{}"
	if d.Service == site {
		kind, body = "application/x-www-form-urlencoded", ""
	}
	status, answer, err := u.Send(ctx, d.Method, path, body, http.Header{"Content-Type": {kind}})
	if err != nil || status == http.StatusUnauthorized {
		return err
	}
	page := string(answer)
	if d.Service != site || status != http.StatusOK || !strings.Contains(page, "<html") || strings.Contains(page, u.Credentials.Email) || strings.Contains(page, "/auth/signout") {
		return fmt.Errorf("%s %s: %d %.100s", d.Method, path, status, page)
	}
	return nil
}

// EventuallyRefuses waits until the door refuses the user's session.
func (s *System) EventuallyRefuses(t testing.TB, d Door, u *User) {
	t.Helper()
	s.Eventually(t, d.Name+" refuses an ended session", func(ctx context.Context) error { return d.Refuses(ctx, u) })
}
