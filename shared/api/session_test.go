package api

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
)

// TestSession: the cookie comes with signing up, goes with each call, and leaves with signing out. Where the
// visitor of a site calls from is for auth's forms alone.
func TestSession(t *testing.T) {
	t.Parallel()
	var got []*http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r)
		switch r.URL.Path {
		case "/api/users/signup":
			w.Header().Add("Set-Cookie", "other=1")
			w.Header().Add("Set-Cookie", "session=abc; Path=/; HttpOnly")
			w.Header().Add("Set-Cookie", "__Host-device=e; Path=/; Secure")
		case "/api/users/signout":
			w.Header().Add("Set-Cookie", "session=; Max-Age=0")
		}
		_, _ = w.Write([]byte("{}"))
	}))
	t.Cleanup(server.Close)
	visit := httptest.NewRequest(http.MethodGet, "/", nil)
	visit.Header.Set("X-Forwarded-For", "203.0.113.7")
	visit.RemoteAddr = "10.0.0.1:1234"
	visit.AddCookie(&http.Cookie{Name: "tracker", Value: "x"})
	visit.AddCookie(&http.Cookie{Name: "__Host-device", Value: "d"})
	s := New(At(server.URL+"/"), Config{}).For(visit)
	if s.Cookie() != nil {
		t.Error("a session out of nothing")
	}
	if err := s.SignUp(t.Context(), Credentials{}); err != nil || len(s.SetCookies()) != 3 {
		t.Fatal(err, s.SetCookies())
	}
	if err := s.SignIn(t.Context(), Credentials{}); err != nil {
		t.Error(err)
	}
	if _, err := s.Ticket(t.Context(), 3); err != nil {
		t.Error(err)
	}
	if err := s.SignOut(t.Context()); err != nil || s.Cookie() != nil {
		t.Error(err, s.Cookie())
	}
	for i, want := range []struct {
		cookie    string
		forwarded []string
	}{{"__Host-device=d", []string{"203.0.113.7", "10.0.0.1"}}, {"__Host-device=e; session=abc", []string{"203.0.113.7", "10.0.0.1"}}, {"session=abc", nil}, {"session=abc", nil}} {
		if got[i].Header.Get("Cookie") != want.cookie || !slices.Equal(got[i].Header.Values("X-Forwarded-For"), want.forwarded) {
			t.Errorf("%s: %v", got[i].URL, got[i].Header)
		}
	}
}

// TestOrigins: each call goes to the service that answers its path.
func TestOrigins(t *testing.T) {
	t.Parallel()
	o := Origins{Auth: "http://auth", Tickets: "http://tickets/", Orders: "http://orders", Payments: "http://payments", Notifications: "http://notifications"}
	for path, want := range map[string]string{
		"/api/users/signin": "http://auth/api/users/signin", "/api/tickets/3": "http://tickets/api/tickets/3",
		"/api/orders?after=1": "http://orders/api/orders?after=1", "/api/payments": "http://payments/api/payments",
		"/api/notifications/preferences": "http://notifications/api/notifications/preferences",
	} {
		if got := o.of(path); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
}
