package session

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// The names of the cookie.
const (
	CookieName = "__Host-session" // with TLS
	PlainName  = "session"        // without; and of sessions that were opened before the other name
)

func (k Keys) name() string {
	if k.Secure {
		return CookieName
	}
	return PlainName
}

// newCookie returns a cookie for the whole site, of maxAge seconds.
func newCookie(name, value string, maxAge int, secure bool) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	}
}

// Clear returns the cookies that end a session in the browser, under any name that it may have.
func (k Keys) Clear() []*http.Cookie {
	all := []*http.Cookie{newCookie(PlainName, "", -1, k.Secure)}
	if k.Secure {
		all = append(all, newCookie(CookieName, "", -1, k.Secure))
	}
	return all
}

// Cookie returns the cookie that has the session of r, or nil. Where there are both names, the one that cannot be planted counts.
func Cookie(r *http.Request) *http.Cookie {
	for _, name := range []string{CookieName, PlainName} {
		if c, err := r.Cookie(name); err == nil {
			return &http.Cookie{Name: c.Name, Value: c.Value, Quoted: c.Quoted}
		}
	}
	return nil
}

// Token returns the token that r carries, unverified, or "".
func Token(r *http.Request) string {
	c := Cookie(r)
	if c == nil {
		return ""
	}
	return unwrap(c.Value)
}

// unwrap returns the token in a cookie's value, or "".
func unwrap(value string) string {
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(value, "="))
	if err != nil {
		return ""
	}
	var wrapped struct {
		JWT string `json:"jwt"`
	}
	if json.Unmarshal(raw, &wrapped) != nil {
		return ""
	}
	return wrapped.JWT
}

// Unverified returns what the session of r says of itself, or ErrInvalid if it is malformed or over. It proves nothing, since
// anyone can write such a session.
func Unverified(r *http.Request) (Claims, error) {
	signed, payload := Token(r), jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(signed, payload); err != nil {
		return Claims{}, ErrInvalid
	}
	if err := jwt.NewValidator(jwt.WithExpirationRequired()).Validate(payload); err != nil {
		return Claims{}, ErrInvalid
	}
	c, err := claimsOf(payload, signed)
	if err != nil || c.IdleAt != 0 && !time.Now().Before(time.Unix(c.IdleAt, 0)) {
		return Claims{}, ErrInvalid
	}
	return c, nil
}
