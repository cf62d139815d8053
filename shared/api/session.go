package api

import (
	"context"
	"net"
	"net/http"
	"slices"
	"sync"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/session"
)

// What auth may answer.
var (
	ErrInvalidCredentials = apierror.New(http.StatusBadRequest, "Invalid credentials.")
	ErrEmailExists        = apierror.New(http.StatusConflict, "Email already exists.")
	ErrTooManyAttempts    = apierror.New(http.StatusTooManyRequests, "Too many attempts.")
)

// Session calls the services for one user, signed in or not. It keeps the cookie that signing up or in brings.
// Any number of goroutines may use it.
type Session struct {
	client    *Client
	forwarded []string // X-Forwarded-For
	agent     string   // User-Agent

	mu     sync.Mutex
	cookie *http.Cookie // nil: no user is signed in
	device *http.Cookie // by which auth knows the device again; nil: there was no sign-in on it
	set    []string     // Set-Cookie of the last answer that had any
}

// Session returns the session of a cookie; with nil, no user is signed in.
func (c *Client) Session(cookie *http.Cookie) *Session { return &Session{client: c, cookie: cookie} }

// For returns the session of whoever sent r to a site. What auth limits also says where r came from, as any proxy
// does, and passes on its device cookie: auth counts attempts per address, which it believes if the site is one of its TRUSTED_PROXIES, or
// per device.
func (c *Client) For(r *http.Request) *Session {
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		address = r.RemoteAddr
	}
	forwarded := append(slices.Clone(r.Header.Values("X-Forwarded-For")), address)
	return &Session{client: c, forwarded: forwarded, agent: r.UserAgent(), cookie: session.Cookie(r), device: session.Device(r)}
}

// Cookie returns the cookie of the session, or nil.
func (s *Session) Cookie() *http.Cookie {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cookie
}

// SetCookies returns what a site hands on to the browser after signing up, in or out: values of Set-Cookie.
func (s *Session) SetCookies() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.set
}

// keep remembers the session that an answer opens or ends.
func (s *Session) keep(lines []string) {
	if len(lines) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.set = lines
	for _, line := range lines {
		cookie, err := http.ParseSetCookie(line)
		switch {
		case err == nil && session.IsDevice(cookie.Name):
			s.device = &http.Cookie{Name: cookie.Name, Value: cookie.Value}
		case err != nil || cookie.Name != session.CookieName && cookie.Name != session.PlainName:
		case cookie.MaxAge < 0 || cookie.Value == "":
			s.cookie = nil
		default:
			s.cookie = &http.Cookie{Name: cookie.Name, Value: cookie.Value, Quoted: cookie.Quoted}
		}
	}
}

// Credentials are what a person signs up or in with.
type Credentials struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

// SignUp creates a user who is then signed in.
//
// Errors: ErrInvalidCredentials, ErrEmailExists; ErrTooManyAttempts, with the time until another is allowed.
func (s *Session) SignUp(ctx context.Context, who Credentials) error {
	return s.visiting(ctx, "/api/users/signup", who)
}

// SignIn opens a session.
//
// Errors: ErrInvalidCredentials; ErrTooManyAttempts, with the time until another is allowed.
func (s *Session) SignIn(ctx context.Context, who Credentials) error {
	return s.visiting(ctx, "/api/users/signin", who)
}

// ChangePassword replaces the user's password. All of the user's sessions end; this one becomes a new one.
//
// Errors: ErrInvalidCredentials, on the field currentPassword or newPassword; ErrTooManyAttempts.
func (s *Session) ChangePassword(ctx context.Context, current, next string) error {
	return s.visiting(ctx, "/api/users/password", map[string]string{"currentPassword": current, "newPassword": next})
}

// visiting posts what auth allows so often from one place: it says where the visitor is from, and on which device.
func (s *Session) visiting(ctx context.Context, path string, in any) error {
	header := http.Header{}
	if s.forwarded != nil {
		header["X-Forwarded-For"], header["User-Agent"] = s.forwarded, []string{s.agent}
	}
	s.mu.Lock()
	if s.device != nil {
		header.Set("Cookie", s.device.String())
	}
	s.mu.Unlock()
	_, err := s.do(ctx, call{method: http.MethodPost, path: path, in: in, header: header})
	return err
}

// SignOut ends the session.
func (s *Session) SignOut(ctx context.Context) error {
	_, err := s.do(ctx, call{method: http.MethodPost, path: "/api/users/signout"})
	return err
}

// CurrentUser returns what the session says of its user, or nil if there is none, it has ended or it was revoked.
func (s *Session) CurrentUser(ctx context.Context) (*session.Claims, error) {
	var reply struct{ CurrentUser *session.Claims }
	_, err := s.do(ctx, call{method: http.MethodGet, path: "/api/users/current-user", out: &reply})
	return reply.CurrentUser, err
}
