package local_test

import (
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/systemtest"
)

// testEndedSessions: a session that was signed out is refused by every endpoint that needs one, and the site shows no user as
// signed in.
func testEndedSessions(t *testing.T, s *systemtest.System) {
	ctx := t.Context()
	user := s.Visitor()
	if err := user.SignUp(ctx); err != nil {
		t.Fatal(err)
	}
	replayed, doors := user.At(s), systemtest.Doors(t) // whoever has copied the cookie
	for _, d := range doors {
		if d.Refuses(ctx, replayed) == nil {
			t.Errorf("%s refuses a session that has not ended", d.Name)
		}
	}
	ended := time.Now()
	if err := user.SignOut(ctx); err != nil {
		t.Fatal(err)
	}
	for _, d := range doors {
		s.EventuallyRefuses(t, d, replayed)
	}
	t.Logf("%d endpoints and pages refuse it %v after the sign-out", len(doors), time.Since(ended))
	for _, d := range doors { // and do so from then on
		if err := d.Refuses(ctx, replayed); err != nil {
			t.Error(err)
		}
	}
}
