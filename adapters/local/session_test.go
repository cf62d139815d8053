package local_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/function"
)

// testEndedSessions: a session that was signed out is refused by every endpoint that needs one, and the site shows nobody as
// signed in.
func testEndedSessions(t *testing.T, s *systemtest.System) {
	ctx := t.Context()
	user := s.Visitor()
	if err := user.SignUp(ctx); err != nil {
		t.Fatal(err)
	}
	replayed := user.At(s) // whoever has copied the cookie
	private, pages := needSession(t, false), append(needSession(t, true), function.Endpoint{Method: "GET", Path: "/{$}"})
	for _, e := range private {
		if err := refuses(ctx, replayed, e); err == nil {
			t.Errorf("%s refuses a session that has not ended", e.Name)
		}
	}
	if err := isStranger(ctx, replayed, pages[len(pages)-1]); err == nil {
		t.Error("the site does not know who is signed in")
	}
	ended := time.Now()
	if err := user.SignOut(ctx); err != nil {
		t.Fatal(err)
	}
	for _, e := range private {
		s.Eventually(t, e.Name, func(ctx context.Context) error { return refuses(ctx, replayed, e) })
	}
	for _, e := range pages {
		s.Eventually(t, e.Name, func(ctx context.Context) error { return isStranger(ctx, replayed, e) })
	}
	t.Logf("%d endpoints and %d pages refuse it %v after the sign-out", len(private), len(pages), time.Since(ended))
	for _, e := range private { // and do so from then on
		if err := refuses(ctx, replayed, e); err != nil {
			t.Errorf("%s: %v", e.Name, err)
		}
	}
}

func needSession(t *testing.T, site bool) (all []function.Endpoint) {
	for _, e := range endpoints(t, site) {
		if e.NeedsSession && (!site || e.Method == http.MethodGet) && !strings.HasSuffix(e.Name, "-state") {
			all = append(all, e)
		}
	}
	return all
}

// refuses reports how an endpoint answers, unless it says that the session is none. What the request asks for does not exist.
func refuses(ctx context.Context, u *systemtest.User, e function.Endpoint) error {
	path := strings.ReplaceAll(e.Path, "{id}", "2147483647")
	status, answer, err := u.Send(ctx, e.Method, path, "{}", http.Header{"Content-Type": {"application/json"}})
	if err == nil && status != http.StatusUnauthorized {
		err = fmt.Errorf("%s %s: %d %s", e.Method, path, status, answer)
	}
	return err
}

// isStranger reports whether a page shows the user as signed in.
func isStranger(ctx context.Context, u *systemtest.User, e function.Endpoint) error {
	path := strings.NewReplacer("{$}", "", "{id}", "2147483647").Replace(e.Path)
	status, page, err := u.Send(ctx, e.Method, path, "", nil)
	if err == nil && (status != http.StatusOK || strings.Contains(string(page), u.Credentials.Email) || strings.Contains(string(page), "/auth/signout")) {
		err = fmt.Errorf("%s: %d, and the page is for %s", path, status, u.Credentials.Email)
	}
	return err
}
