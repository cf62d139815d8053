// Package maillink makes the links that users get by mail, and reads what comes back.
//
// A link's token is a JSON Web Token, signed by HS256 with MAIL_LINK_KEY, that says what it is for, whose it is, which one it is and when it
// ends. It says that the mail was ours, no more: whether it may still be used is what its maker knows by its id. It is as good as a
// password: it belongs into a mail and into the body of a request, not into logs, events or addresses that others see.
package maillink

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/gittix/ticketing/shared/session"
)

// Purpose is what a link is for. One for something else is invalid.
type Purpose string

// The purposes.
const (
	Reset   Purpose = "reset"   // sets a new password
	Confirm Purpose = "confirm" // confirms an e-mail address

	Unsubscribe Purpose = "unsubscribe" // ends mails that need not be
)

// Link is what a token says.
type Link struct {
	Purpose   Purpose
	ID        string // of this link alone
	UserID    int32
	ExpiresAt time.Time // in whole seconds; zero: never
}

// The errors of Verify.
var (
	ErrInvalid = errors.New("maillink: not a link of ours, or not for this")
	ErrExpired = errors.New("maillink: the link has expired")
)

// longest token, in bytes.
const longest = 1024

// Settings are for the functions that make or read links.
type Settings struct {
	LinkSecrets session.Secrets `env:"MAIL_LINK_KEY" required:"true" secret:"true" example:"llllllllllllllllllllllllllllllll"` // signs the links in mails: at least 32 bytes, the same for auth and notifications; or several, with white space between them: the first signs, all verify
}

// Keys returns the keys that the settings describe. Errors: none that a secret could cause.
func (s Settings) Keys() (keys Keys, err error) {
	for _, secret := range s.LinkSecrets {
		key, err := hkdf.Key(sha256.New, secret, nil, "ticketing: links in mails, HS256", sha256.Size)
		if err != nil {
			return Keys{}, err
		}
		keys.all = append(keys.all, key)
	}
	return keys, nil
}

// Keys sign links (the first) and verify them (all).
type Keys struct {
	all [][]byte
	Now func() time.Time // nil: time.Now
}

// Sign returns the token of a link: the same for the same link. Errors: there is no key.
func (k Keys) Sign(l Link) (string, error) {
	if len(k.all) == 0 {
		return "", errors.New("maillink: no key to sign with")
	}
	claims := jwt.RegisteredClaims{Audience: jwt.ClaimStrings{string(l.Purpose)}, ID: l.ID, Subject: strconv.Itoa(int(l.UserID))}
	if !l.ExpiresAt.IsZero() {
		claims.ExpiresAt = jwt.NewNumericDate(l.ExpiresAt)
	}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(k.all[0])
}

// Verify returns what a token for this purpose says.
//
// Errors: ErrInvalid; ErrExpired, with the link.
func (k Keys) Verify(p Purpose, token string) (Link, error) {
	now := k.Now
	if now == nil {
		now = time.Now
	}
	var set jwt.VerificationKeySet
	for _, key := range k.all {
		set.Keys = append(set.Keys, key)
	}
	if len(token) > longest || len(set.Keys) == 0 {
		return Link{}, ErrInvalid
	}
	var claims jwt.RegisteredClaims
	_, err := jwt.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return set, nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithAudience(string(p)), jwt.WithStrictDecoding(), jwt.WithTimeFunc(now))
	// The library checks the claims all at once: an expired one may be for something else, too.
	if err != nil && (!errors.Is(err, jwt.ErrTokenExpired) || errors.Is(err, jwt.ErrTokenInvalidAudience)) {
		return Link{}, ErrInvalid
	}
	id, bad := strconv.ParseInt(claims.Subject, 10, 32)
	if bad != nil || id < 1 || id > math.MaxInt32 || claims.ID == "" {
		return Link{}, ErrInvalid
	}
	l := Link{Purpose: p, ID: claims.ID, UserID: int32(id)}
	if claims.ExpiresAt != nil {
		l.ExpiresAt = claims.ExpiresAt.Time
	}
	if err != nil {
		err = ErrExpired
	}
	return l, err
}
