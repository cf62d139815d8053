package orders

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"

	"github.com/gittix/ticketing/shared/session"
)

// PassSettings are for the functions that sign and check passes.
type PassSettings struct {
	PassSecrets session.Secrets `env:"PASS_KEY" required:"true" secret:"true" example:"pppppppppppppppppppppppppppppppp"` // what the keys of passes are made of: at least 32 bytes; or several, with white space between them: the first signs, all verify
}

// Keys returns the keys that the settings describe. Errors: none that a secret could cause.
func (s PassSettings) Keys() (keys passKeys, err error) {
	for _, secret := range s.PassSecrets {
		seed, err := hkdf.Key(sha256.New, secret, nil, "ticketing: passes, Ed25519", ed25519.SeedSize)
		if err != nil {
			return nil, err
		}
		keys = append(keys, ed25519.NewKeyFromSeed(seed))
	}
	return keys, nil
}

// passKeys sign and verify codes of passes, and nothing else: the first signs, all verify.
type passKeys []ed25519.PrivateKey

// passClaims are what a code says. It has no end: an order's pass is good until it is used, or the order's money goes back.
type passClaims struct {
	OrderID  int32  `json:"order"`
	TicketID int32  `json:"ticket"`
	Title    string `json:"title"` // its beginning, so that the code fits a picture that any camera reads
	jwt.RegisteredClaims
}

// longestTitle is how much of a title is in a code, in bytes.
const longestTitle = 64

// longestCode is in bytes: a title may need six for each of its own.
const longestCode = 1024

func (k passKeys) sign(p Pass) (string, error) {
	if len(k) == 0 {
		return "", errors.New("orders: no key to sign passes with")
	}
	t := jwt.NewWithClaims(jwt.SigningMethodEdDSA, passClaims{
		p.OrderID, p.TicketID, beginning(p.Title), jwt.RegisteredClaims{IssuedAt: jwt.NewNumericDate(p.IssuedAt.Time)},
	})
	t.Header["kid"] = session.KeyID(publicKey(k[0]))
	return t.SignedString(k[0])
}

// verify returns what a genuine code says. Errors: ErrInvalidCode, ErrUnknownKey, ErrForged.
func (k passKeys) verify(code string) (c passClaims, err error) {
	if len(code) > longestCode {
		return c, ErrInvalidCode
	}
	_, err = jwt.ParseWithClaims(code, &c, func(t *jwt.Token) (any, error) {
		for _, key := range k {
			if session.KeyID(publicKey(key)) == t.Header["kid"] {
				return publicKey(key), nil
			}
		}
		return nil, ErrUnknownKey
	}, jwt.WithValidMethods([]string{"EdDSA"}), jwt.WithStrictDecoding())
	switch {
	case errors.Is(err, jwt.ErrTokenMalformed):
		return c, ErrInvalidCode.With(err)
	case errors.Is(err, ErrUnknownKey):
		return c, ErrUnknownKey
	case err != nil:
		return c, ErrForged.With(err)
	}
	return c, nil
}

// beginning is as much of a title as a code has room for.
func beginning(title string) string {
	if len(title) <= longestTitle {
		return title
	}
	end := longestTitle
	for !utf8.RuneStart(title[end]) {
		end--
	}
	return title[:end] + "…"
}

func publicKey(k ed25519.PrivateKey) ed25519.PublicKey {
	return k.Public().(ed25519.PublicKey) //nolint:forcetypeassert // it is one
}

// PassKey is a public key as RFC 8037 writes it.
type PassKey struct {
	Type      string `json:"kty" example:"OKP"`
	Curve     string `json:"crv" example:"Ed25519"`
	X         string `json:"x" example:"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"` // in base64url
	ID        string `json:"kid" example:"ZGBSSmt7Bg7LZ0k4"`                          // as in the header of codes
	Algorithm string `json:"alg" example:"EdDSA"`
	Use       string `json:"use" example:"sig"`
}

// PassKeys are the public keys of passes, a JSON Web Key Set (RFC 7517). The first signs.
type PassKeys struct {
	Keys []PassKey `json:"keys"`
}

func (k passKeys) public() (all PassKeys) {
	for _, key := range k {
		public := publicKey(key)
		all.Keys = append(all.Keys, PassKey{"OKP", "Ed25519", base64.RawURLEncoding.EncodeToString(public), session.KeyID(public), "EdDSA", "sig"})
	}
	return all
}
