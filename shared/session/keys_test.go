package session_test

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/session"
)

const (
	secretA = "0123456789abcdef0123456789abcdef"
	secretB = "fedcba9876543210fedcba9876543210"
)

// pair is a pair of keys, as settings.
func pair(t *testing.T) (private, public string, key ed25519.PrivateKey) {
	t.Helper()
	pub, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	b, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(a), base64.StdEncoding.EncodeToString(b), key
}

func issuer(t *testing.T, v config.Values) session.Keys {
	t.Helper()
	s, err := config.Parse[session.IssuerSettings](v)
	if err != nil {
		t.Fatal(err)
	}
	return s.Keys()
}

func verifier(t *testing.T, v config.Values) session.Keys {
	t.Helper()
	s, err := config.Parse[session.Settings](v)
	if err != nil {
		t.Fatal(err)
	}
	return s.Keys()
}

func tokenOf(t *testing.T, k session.Keys) string {
	t.Helper()
	cookie, err := k.Issue(1, "a@example.com")
	if err != nil {
		t.Fatal(err)
	}
	return session.Token(&http.Request{Header: http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}}})
}

// TestKeysRotate: the first of a list signs, all verify, and what was taken off the list verifies no longer.
func TestKeysRotate(t *testing.T) {
	t.Parallel()
	privateA, publicA, _ := pair(t)
	privateB, publicB, _ := pair(t)
	for name, c := range map[string]struct{ old, both, next, verifyBoth, verifyNext config.Values }{
		"HS256": {
			config.Values{"JWT_SECRET": secretA}, config.Values{"JWT_SECRET": secretB + "\n" + secretA}, config.Values{"JWT_SECRET": secretB},
			config.Values{"JWT_SECRET": secretB + " " + secretA}, config.Values{"JWT_SECRET": secretB},
		},
		"Ed25519": {
			config.Values{"SESSION_PRIVATE_KEY": privateA}, config.Values{"SESSION_PRIVATE_KEY": privateB + " " + privateA}, config.Values{"SESSION_PRIVATE_KEY": privateB},
			config.Values{"SESSION_PUBLIC_KEYS": publicA + " " + publicB}, config.Values{"SESSION_PUBLIC_KEYS": publicB},
		},
		"from HS256 to Ed25519": {
			config.Values{"JWT_SECRET": secretA}, config.Values{"JWT_SECRET": secretA, "SESSION_PRIVATE_KEY": privateA}, config.Values{"SESSION_PRIVATE_KEY": privateA},
			config.Values{"JWT_SECRET": secretA, "SESSION_PUBLIC_KEYS": publicA}, config.Values{"SESSION_PUBLIC_KEYS": publicA},
		},
	} {
		old, next := tokenOf(t, issuer(t, c.old)), tokenOf(t, issuer(t, c.both))
		for who, k := range map[string]session.Keys{"auth": issuer(t, c.both), "another service": verifier(t, c.verifyBoth)} {
			for _, token := range []string{old, next} {
				if _, err := k.Verify(token); err != nil {
					t.Errorf("%s: %s refuses a token during the change", name, who)
				}
			}
		}
		for who, k := range map[string]session.Keys{"auth": issuer(t, c.next), "another service": verifier(t, c.verifyNext)} {
			if _, err := k.Verify(old); err == nil {
				t.Errorf("%s: %s takes what the old key signed", name, who)
			}
			if _, err := k.Verify(next); err != nil {
				t.Errorf("%s: %s refuses what the new key signed", name, who)
			}
		}
	}
}

// TestOnlyAuthSigns: with public keys a service can sign nothing, nor can anyone who knows what the service does.
func TestOnlyAuthSigns(t *testing.T) {
	t.Parallel()
	_, public, ownKey := pair(t)
	_, _, otherKey := pair(t)
	k := verifier(t, config.Values{"SESSION_PUBLIC_KEYS": public})
	if cookie, err := k.Issue(1, "a@example.com"); err == nil {
		t.Error("it signs", cookie)
	}
	der, err := base64.StdEncoding.DecodeString(public)
	if err != nil {
		t.Fatal(err)
	}
	raw, kid := k.Public[0], header(t, tokenOf(t, session.Keys{Private: ownKey}))["kid"]
	claims := jwt.MapClaims{"permissions": map[string]bool{"authenticated": true}, "iss": "auth-api", "aud": "ticketing-frontend",
		"jti": "1", "sub": "a@b.c", "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix()}
	for name, forge := range map[string]func() (jwt.SigningMethod, any, any){
		"HS256 with the public key": func() (jwt.SigningMethod, any, any) { return jwt.SigningMethodHS256, []byte(raw), kid },
		"HS256 with its encoding":   func() (jwt.SigningMethod, any, any) { return jwt.SigningMethodHS256, der, kid },
		"HS256 with its text":       func() (jwt.SigningMethod, any, any) { return jwt.SigningMethodHS256, []byte(public), kid },
		"another private key":       func() (jwt.SigningMethod, any, any) { return jwt.SigningMethodEdDSA, otherKey, kid },
		"no key id":                 func() (jwt.SigningMethod, any, any) { return jwt.SigningMethodEdDSA, otherKey, nil },
		"none": func() (jwt.SigningMethod, any, any) {
			return jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, kid
		},
	} {
		method, key, id := forge()
		forged := jwt.NewWithClaims(method, claims)
		if id != nil {
			forged.Header["kid"] = id
		}
		token, err := forged.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Verify(token); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func header(t *testing.T, token string) map[string]any {
	t.Helper()
	parsed, _, err := jwt.NewParser().ParseUnverified(token, jwt.MapClaims{})
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Header
}

// TestMalformedKeys: one line names the setting, says what is wrong and shows nothing of it.
func TestMalformedKeys(t *testing.T) {
	t.Parallel()
	private, public, _ := pair(t)
	for _, c := range []struct {
		values     config.Values
		auth, rest string // "" if it is good
	}{
		{config.Values{}, "JWT_SECRET or SESSION_PRIVATE_KEY is required", "JWT_SECRET or SESSION_PUBLIC_KEYS is required"},
		{config.Values{"JWT_SECRET": "s3cret"}, "JWT_SECRET: each secret needs", "JWT_SECRET: each secret needs"},
		{config.Values{"JWT_SECRET": secretA + " s3cret"}, "JWT_SECRET: each secret needs", "JWT_SECRET: each secret needs"},
		{config.Values{"JWT_SECRET": "one long s3cret with white space in it"}, "JWT_SECRET: each secret needs", "JWT_SECRET: each secret needs"},
		{config.Values{"SESSION_PRIVATE_KEY": "s3cret", "SESSION_PUBLIC_KEYS": "s3cret"}, "SESSION_PRIVATE_KEY: not a key", "SESSION_PUBLIC_KEYS: not a key"},
		{config.Values{"SESSION_PRIVATE_KEY": public, "SESSION_PUBLIC_KEYS": private}, "SESSION_PRIVATE_KEY: not a key", "SESSION_PUBLIC_KEYS: not a key"},
		{config.Values{"SESSION_PRIVATE_KEY": private, "SESSION_PUBLIC_KEYS": public}, "", ""},
	} {
		_, auth := config.Parse[session.IssuerSettings](c.values)
		_, rest := config.Parse[session.Settings](c.values)
		for want, err := range map[string]error{c.auth: auth, c.rest: rest} {
			if (want == "") != (err == nil) || err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "\n")) {
				t.Errorf("%v, want %q", err, want)
			}
		}
	}
}

func TestIdle(t *testing.T) {
	t.Parallel()
	now := time.Now().Truncate(time.Second)
	k := session.Keys{Secret: []byte(secretA), Idle: time.Hour, Now: func() time.Time { return now }}
	token := tokenOf(t, k)
	pass := func(d time.Duration) session.Claims {
		t.Helper()
		now = now.Add(d)
		c, err := k.Verify(token)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if c := pass(6 * time.Minute); k.IsDue(c) {
		t.Error("renewed when it is almost new")
	}
	for range 28 { // a session in use lives until it expires, and its claims stay
		c := pass(50 * time.Minute)
		if !k.IsDue(c) || c.ExpiresAt-c.IssuedAt != 86400 {
			t.Errorf("not renewed: %+v", c)
		}
		cookie, err := k.Cookie(c)
		if err != nil {
			t.Fatal(err)
		}
		if left := time.Unix(c.ExpiresAt, 0).Sub(now); cookie.MaxAge != int(left.Seconds()) {
			t.Errorf("the cookie lives %d seconds, not %v", cookie.MaxAge, left)
		}
		token = session.Token(request(cookie.Value))
		if again, err := k.Verify(token); err != nil || again.SessionID != c.SessionID {
			t.Errorf("another session: %+v, %v", again, err)
		}
	}
	token = tokenOf(t, k) // of a new one, which will not expire for a day
	now = now.Add(time.Hour)
	if _, err := k.Verify(token); err == nil {
		t.Error("it lives on unused")
	}
}
