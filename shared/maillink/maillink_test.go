package maillink_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/gittix/ticketing/shared/maillink"
	"github.com/gittix/ticketing/shared/session"
)

const (
	secretA = "0123456789abcdef0123456789abcdef"
	secretB = "fedcba9876543210fedcba9876543210"
)

var now = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

func keys(t *testing.T, secrets string) maillink.Keys {
	t.Helper()
	var s maillink.Settings
	if secrets != "" {
		if err := s.LinkSecrets.UnmarshalText([]byte(secrets)); err != nil {
			t.Fatal(err)
		}
	}
	k, err := s.Keys()
	if err != nil {
		t.Fatal(err)
	}
	k.Now = func() time.Time { return now }
	return k
}

func sign(t *testing.T, k maillink.Keys, l maillink.Link) string {
	t.Helper()
	token, err := k.Sign(l)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func link() maillink.Link {
	return maillink.Link{Purpose: maillink.Reset, ID: "some-id", UserID: 7, ExpiresAt: now.Add(time.Minute)}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	k := keys(t, secretA)
	token := sign(t, k, link())
	got, err := k.Verify(maillink.Reset, token)
	if err != nil || got.ID != "some-id" || got.UserID != 7 || !got.ExpiresAt.Equal(now.Add(time.Minute)) || got.Purpose != maillink.Reset {
		t.Errorf("%+v, %v", got, err)
	}
	if sign(t, k, link()) != token {
		t.Error("the same link has two tokens")
	}
	forever := link()
	forever.ExpiresAt = time.Time{}
	k.Now = func() time.Time { return now.AddDate(50, 0, 0) }
	if got, err := k.Verify(maillink.Reset, sign(t, k, forever)); err != nil || !got.ExpiresAt.IsZero() {
		t.Errorf("a link without an end: %+v, %v", got, err)
	}
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	k := keys(t, secretA)
	good := sign(t, k, link())
	parts := strings.Split(good, ".")
	unsigned, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.RegisteredClaims{Audience: jwt.ClaimStrings{"reset"}, ID: "i", Subject: "7"}).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	nobody, nameless := link(), link()
	nobody.UserID, nameless.ID = 0, ""
	for name, token := range map[string]string{
		"empty":       "",
		"garbage":     "a.b.c",
		"too long":    strings.Repeat("a", 5000),
		"unsigned":    unsigned,
		"another key": sign(t, keys(t, secretB), link()),
		"changed":     parts[0] + "." + parts[1] + "x." + parts[2],
		"no user":     sign(t, k, nobody),
		"no id":       sign(t, k, nameless),
	} {
		if _, err := k.Verify(maillink.Reset, token); !errors.Is(err, maillink.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := k.Verify(maillink.Confirm, good); !errors.Is(err, maillink.ErrInvalid) {
		t.Errorf("for another purpose: %v", err)
	}
	k.Now = func() time.Time { return now.Add(time.Minute) }
	if got, err := k.Verify(maillink.Reset, good); !errors.Is(err, maillink.ErrExpired) || got.UserID != 7 {
		t.Errorf("expired: %+v, %v", got, err)
	}
	if _, err := k.Verify(maillink.Confirm, good); !errors.Is(err, maillink.ErrInvalid) {
		t.Errorf("expired, and for another purpose: %v", err)
	}
	if _, err := keys(t, "").Verify(maillink.Reset, good); !errors.Is(err, maillink.ErrInvalid) {
		t.Errorf("without a key: %v", err)
	}
}

// TestSessionSecretsDiffer: where someone gives both settings one value, a session is no link.
func TestSessionSecretsDiffer(t *testing.T) {
	t.Parallel()
	raw, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{Audience: jwt.ClaimStrings{"reset"}, ID: "i", Subject: "7"}).SignedString([]byte(secretA))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keys(t, secretA).Verify(maillink.Reset, raw); !errors.Is(err, maillink.ErrInvalid) {
		t.Error("the secret itself signs links")
	}
	if _, err := (session.Keys{Secret: []byte(secretA)}).Verify(sign(t, keys(t, secretA), link())); err == nil {
		t.Error("a link is a session")
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	old := sign(t, keys(t, secretA), link())
	both := keys(t, secretB+" "+secretA)
	if _, err := both.Verify(maillink.Reset, old); err != nil {
		t.Errorf("of the old key: %v", err)
	}
	if _, err := keys(t, secretB).Verify(maillink.Reset, sign(t, both, link())); err != nil {
		t.Errorf("the first does not sign: %v", err)
	}
}
