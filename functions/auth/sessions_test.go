package auth

import (
	"net/http"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/session"
)

func (f fixture) sessions(c *http.Cookie) []OpenSession {
	f.t.Helper()
	return functiontest.Parse[[]OpenSession](f.t, f.Send("GET", "/api/users/sessions", "", holding(c)), 200)
}

// TestOwnSessions: a user sees the own sessions and no other's, and ends each of them alone.
func TestOwnSessions(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	mine := f.user()
	header := http.Header{"X-Forwarded-For": {"203.0.113.77"}, "User-Agent": {"Phone/1.0"}}
	phone := f.said(f.Send("POST", "/api/users/signin", credentials(goodEmail, goodPassword), header), 200, "User logged in.").Cookie(session.CookieName)
	other := f.signUp("eve@example.com", goodPassword).Cookie(session.CookieName)
	f.Announced()
	all := f.sessions(mine)
	if len(all) != 2 || all[0].ID != f.claims(phone).SessionID || all[0].Current || !all[1].Current {
		t.Fatalf("%+v", all)
	}
	if s := all[0]; s.Agent != "Phone/1.0" || s.Network != "203.0.113.0/24" || s.ExpiresAt.Sub(s.CreatedAt.Time) < 23*time.Hour {
		t.Errorf("%+v", s)
	}
	end := func(c *http.Cookie, id string) functiontest.Answer {
		return f.Send("POST", "/api/users/sessions/"+id+"/end", "", holding(c))
	}
	f.Silent("looking at sessions")
	functiontest.Refused(t, "another's", end(other, all[0].ID), 404, "Session not found.")
	functiontest.Refused(t, "unknown", end(mine, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), 404, "Session not found.")
	functiontest.Refused(t, "no id", end(mine, "%00"), 400, "Invalid id.")
	f.Silent("ending none")
	if a := end(mine, all[0].ID); a.Status != 200 {
		t.Errorf("%+v", a)
	}
	if ended := f.Announced(); len(ended) != 1 || ended[0].Subject() != "session/"+all[0].ID {
		t.Errorf("announced %v", ended)
	}
	functiontest.Refused(t, "again", end(mine, all[0].ID), 404, "Session not found.")
	if f.known(phone) != nil || f.known(mine) == nil || f.known(other) == nil || len(f.sessions(mine)) != 1 {
		t.Error("another session ended, or none")
	}
	functiontest.Refused(t, "ended", f.Send("GET", "/api/users/sessions", "", holding(phone)), 401, "Not authorized.")
	f.exec(`UPDATE sessions SET seen_at = now() - interval '3 hours'`)
	if idle := f.sessions(mine); len(idle) != 0 {
		t.Errorf("idle ones: %+v", idle)
	}
}

// However many sessions a user has open, a hundred are listed: those that were used last.
func TestManySessions(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	mine := f.user()
	f.exec(`INSERT INTO sessions (id, user_id, seen_at, expires_at)
		SELECT 'older-' || n, user_id, seen_at - n * interval '1 second', expires_at FROM sessions, generate_series(1, 149) AS n`)
	all := f.sessions(mine)
	if len(all) != 100 || !all[0].Current || all[99].ID != "older-99" {
		t.Errorf("%d are listed, of 150: the last is %s", len(all), all[len(all)-1].ID)
	}
}
