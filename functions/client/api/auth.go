package api

import (
	"context"
	"net"
	"net/http"

	"github.com/gittix/ticketing/shared/apierror"
)

// What auth may answer.
var (
	ErrInvalidCredentials = apierror.New(http.StatusBadRequest, "Invalid credentials.")
	ErrEmailExists        = apierror.New(http.StatusConflict, "Email already exists.")
	ErrTooManyAttempts    = apierror.New(http.StatusTooManyRequests, "Too many attempts.")
)

// Credentials are what a person signs up or in with.
type Credentials struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

// SignUp creates a user, and returns the cookies of the new session.
//
// Errors: ErrInvalidCredentials, ErrEmailExists.
func (c Caller) SignUp(ctx context.Context, from *http.Request, who Credentials) ([]string, error) {
	return c.open(ctx, "/api/users/signup", from, who)
}

// SignIn returns the cookies of a new session.
//
// Errors: ErrInvalidCredentials; ErrTooManyAttempts, with the time until another is allowed.
func (c Caller) SignIn(ctx context.Context, from *http.Request, who Credentials) ([]string, error) {
	return c.open(ctx, "/api/users/signin", from, who)
}

// open also says where the visitor calls from, as any proxy does: auth counts attempts per address. Auth
// believes as much of it as its TRUSTED_PROXY_HOPS says; the site is one of those hops.
func (c Caller) open(ctx context.Context, path string, from *http.Request, who Credentials) ([]string, error) {
	address, _, err := net.SplitHostPort(from.RemoteAddr)
	if err != nil {
		address = from.RemoteAddr
	}
	header := http.Header{"X-Forwarded-For": append(from.Header.Values("X-Forwarded-For"), address)}
	got, err := c.do(ctx, call{method: http.MethodPost, url: c.origins.Auth + path, in: who, header: header})
	return got.Values("Set-Cookie"), err
}

// SignOut ends the session, and returns the cookies that remove it from the browser.
func (c Caller) SignOut(ctx context.Context) ([]string, error) {
	got, err := c.do(ctx, call{method: http.MethodPost, url: c.origins.Auth + "/api/users/signout"})
	return got.Values("Set-Cookie"), err
}
