package session

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/gittix/ticketing/shared/config"
)

// Settings are what a service needs to know of sessions that auth has opened.
type Settings struct {
	Secrets    Secrets    `env:"JWT_SECRET" required:"true" unless:"SESSION_PUBLIC_KEYS" secret:"true" example:"0123456789abcdef0123456789abcdef"` // at least 32 bytes, the same in every service; or several, with white space between them: the first signs, all verify
	PublicKeys PublicKeys `env:"SESSION_PUBLIC_KEYS"`                                                                                              // of Ed25519, in base64 (SPKI), with white space between them: of the keys that auth signs with, so that nobody else can
	Secure     bool       `env:"SESSION_SECURE" envDefault:"true"`                                                                                 // false: the cookie also travels without TLS, and is called session
}

// Keys returns the keys that the settings describe.
func (s Settings) Keys() Keys {
	return Keys{Public: s.PublicKeys, Secure: s.Secure}.with(s.Secrets)
}

// IssuerSettings are what auth needs to open sessions.
type IssuerSettings struct {
	Secrets     Secrets       `env:"JWT_SECRET" required:"true" unless:"SESSION_PRIVATE_KEY" secret:"true" example:"0123456789abcdef0123456789abcdef"`
	PrivateKeys PrivateKeys   `env:"SESSION_PRIVATE_KEY" secret:"true"` // of Ed25519, in base64 (PKCS #8); or several, with white space between them: the first signs, all verify. JWT_SECRET then only verifies
	Secure      bool          `env:"SESSION_SECURE" envDefault:"true"`
	Idle        time.Duration `env:"SESSION_IDLE_TIMEOUT" envDefault:"2h"` // a session that is not used so long ends; 0: after a day, as any does
}

// Validate checks the idle time-out.
func (s IssuerSettings) Validate() error {
	if s.Idle != 0 && (s.Idle < time.Minute || s.Idle > Lifetime) {
		return errors.New("SESSION_IDLE_TIMEOUT must be 1m to 24h, or 0")
	}
	return nil
}

// Keys returns the keys that the settings describe.
func (s IssuerSettings) Keys() Keys {
	k := Keys{Secure: s.Secure, Idle: s.Idle}
	for _, private := range s.PrivateKeys {
		k.Public = append(k.Public, private.Public().(ed25519.PublicKey)) //nolint:forcetypeassert // it is one
	}
	if len(s.PrivateKeys) > 0 {
		k.Private = s.PrivateKeys[0]
	}
	return k.with(s.Secrets)
}

func (k Keys) with(secrets Secrets) Keys {
	if len(secrets) > 0 {
		k.Secret, k.OldSecrets = secrets[0], secrets[1:]
	}
	return k
}

// Secrets sign sessions by HS256.
type Secrets [][]byte

// UnmarshalText refuses a secret that can be guessed. A text with white space is a list, so each part has to be long enough.
func (s *Secrets) UnmarshalText(b []byte) error {
	for word := range strings.FieldsSeq(string(b)) {
		if len(word) < 32 {
			return config.Malformed("each secret needs at least 32 bytes, and no white space, which stands between several")
		}
		*s = append(*s, []byte(word))
	}
	return nil
}

// PrivateKeys sign sessions by Ed25519.
type PrivateKeys []ed25519.PrivateKey

// UnmarshalText reads what `openssl genpkey -algorithm ed25519` writes between its first and last line.
func (k *PrivateKeys) UnmarshalText(b []byte) (err error) {
	*k, err = parseKeys[ed25519.PrivateKey](b, x509.ParsePKCS8PrivateKey)
	return err
}

// PublicKeys verify what PrivateKeys sign.
type PublicKeys []ed25519.PublicKey

// UnmarshalText reads what `openssl pkey -pubout` writes between its first and last line.
func (k *PublicKeys) UnmarshalText(b []byte) (err error) {
	*k, err = parseKeys[ed25519.PublicKey](b, x509.ParsePKIXPublicKey)
	return err
}

// parseKeys reads keys in base64 of DER, with white space between them.
func parseKeys[K any](b []byte, parse func(der []byte) (any, error)) (keys []K, err error) {
	for word := range strings.FieldsSeq(string(b)) {
		der, err := base64.StdEncoding.DecodeString(word)
		if err != nil {
			return nil, errNotEd25519
		}
		parsed, err := parse(der)
		key, ok := parsed.(K)
		if err != nil || !ok {
			return nil, errNotEd25519
		}
		keys = append(keys, key)
	}
	return keys, nil
}

const errNotEd25519 = config.Malformed("not a key of Ed25519 in base64")
