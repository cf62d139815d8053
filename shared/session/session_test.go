package session_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/gittix/ticketing/shared/session"
)

var keys = session.Keys{Secret: []byte("0123456789abcdef0123456789abcdef")}

func request(cookie string) *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(&http.Cookie{Name: session.CookieName, Value: cookie})
	return r
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	cookie, err := keys.Issue(42, "a@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.MaxAge != 86400 {
		t.Errorf("cookie is not safe: %v", cookie)
	}
	c, err := keys.Verify(session.Token(request(cookie.Value)))
	if err != nil || c.UserID() != 42 || c.Subject != "a@example.com" || c.ExpiresAt-c.IssuedAt != 86400 {
		t.Errorf("claims %+v, %v", c, err)
	}
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	good := func() jwt.MapClaims {
		return jwt.MapClaims{"permissions": map[string]bool{"authenticated": true}, "iss": "auth-api",
			"aud": "ticketing-frontend", "jti": "1", "sub": "a@b.c", "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix()}
	}
	sign := func(m jwt.SigningMethod, key any, change func(jwt.MapClaims)) string {
		c := good()
		change(c)
		s, err := jwt.NewWithClaims(m, c).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	nothing := func(jwt.MapClaims) {}
	if _, err := keys.Verify(sign(jwt.SigningMethodHS256, keys.Secret, nothing)); err != nil {
		t.Fatalf("the good token is refused: %v", err)
	}
	for name, token := range map[string]string{
		"empty":        "",
		"garbage":      "a.b.c",
		"none":         sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nothing),
		"HS512":        sign(jwt.SigningMethodHS512, keys.Secret, nothing),
		"other secret": sign(jwt.SigningMethodHS256, []byte("other"), nothing),
		"expired":      sign(jwt.SigningMethodHS256, keys.Secret, func(c jwt.MapClaims) { c["exp"] = time.Now().Add(-time.Second).Unix() }),
		"no expiry":    sign(jwt.SigningMethodHS256, keys.Secret, func(c jwt.MapClaims) { delete(c, "exp") }),
		"issuer":       sign(jwt.SigningMethodHS256, keys.Secret, func(c jwt.MapClaims) { c["iss"] = "me" }),
		"audience":     sign(jwt.SigningMethodHS256, keys.Secret, func(c jwt.MapClaims) { c["aud"] = "me" }),
		"id too large": sign(jwt.SigningMethodHS256, keys.Secret, func(c jwt.MapClaims) { c["jti"] = "4294967296" }),
		"id zero":      sign(jwt.SigningMethodHS256, keys.Secret, func(c jwt.MapClaims) { c["jti"] = "0" }),
		"id no number": sign(jwt.SigningMethodHS256, keys.Secret, func(c jwt.MapClaims) { c["jti"] = "x" }),
		"not allowed":  sign(jwt.SigningMethodHS256, keys.Secret, func(c jwt.MapClaims) { delete(c, "permissions") }),
	} {
		if _, err := keys.Verify(token); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzToken(f *testing.F) {
	cookie, err := keys.Issue(1, "a@b.c")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(cookie.Value)
	f.Add(base64.StdEncoding.EncodeToString([]byte(`{"jwt":1}`)))
	f.Add("%%%")
	f.Fuzz(func(t *testing.T, value string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", session.CookieName+"="+value)
		token := session.Token(r)
		if c, err := keys.Verify(token); err == nil && c.UserID() != 1 {
			t.Errorf("forged a session of user %d", c.UserID())
		}
	})
}

func TestUnverified(t *testing.T) {
	t.Parallel()
	issue := func(k session.Keys) *http.Request {
		cookie, err := k.Issue(42, "a@example.com")
		if err != nil {
			t.Fatal(err)
		}
		return request(cookie.Value)
	}
	other := session.Keys{Secret: []byte("another secret")}
	if c, err := session.Unverified(issue(other)); err != nil || c.UserID() != 42 || c.Subject != "a@example.com" {
		t.Errorf("claims %+v, %v", c, err)
	}
	old := other
	old.Now = func() time.Time { return time.Now().Add(-session.Lifetime - time.Second) }
	for name, r := range map[string]*http.Request{"none": httptest.NewRequest("GET", "/", nil), "garbage": request("YQ"), "expired": issue(old)} {
		if c, err := session.Unverified(r); err == nil || c.UserID() != 0 {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
}
