package orders

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/session"
)

// PassSettings are for the function that signs passes.
type PassSettings struct {
	PassSecrets session.Secrets `env:"PASS_KEY" required:"true" secret:"true" example:"pppppppppppppppppppppppppppppppp"` // what the keys of passes are made of: at least 32 bytes; or several, with white space between them: the first signs, all verify
}

// PassKeySettings are for the functions that verify passes, and cannot sign any.
type PassKeySettings struct {
	PassPublicKeys session.PublicKeys `env:"PASS_PUBLIC_KEYS" required:"true" unless:"PASS_KEY" example:"MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="` // of Ed25519, in base64 (SPKI), with white space between them: of the keys that passes are signed with; where PASS_KEY is, they follow from it
}

// newPassKeys returns the keys that the settings describe. Errors: none that a setting could cause.
func newPassKeys(s PassSettings, public PassKeySettings) (keys passKeys, err error) {
	for i, secret := range s.PassSecrets {
		seed, err := hkdf.Key(sha256.New, secret, nil, "ticketing: passes, Ed25519", ed25519.SeedSize)
		if err != nil {
			return passKeys{}, err
		}
		private := ed25519.NewKeyFromSeed(seed)
		if i == 0 {
			keys.private = private
		}
		keys.verifying = append(keys.verifying, private.Public().(ed25519.PublicKey)) //nolint:forcetypeassert // it is one
	}
	if len(s.PassSecrets) == 0 {
		keys.verifying = public.PassPublicKeys
	}
	return keys, nil
}

// PublicPassKeys returns what PASS_PUBLIC_KEYS is where PASS_KEY is that text. Errors: a text that PASS_KEY could not be.
func PublicPassKeys(passKey string) (string, error) {
	settings, err := config.Parse[PassSettings](config.Values{"PASS_KEY": passKey})
	if err != nil {
		return "", err
	}
	keys, err := newPassKeys(settings, PassKeySettings{})
	if err != nil {
		return "", err
	}
	var words []string
	for _, key := range keys.verifying {
		der, err := x509.MarshalPKIXPublicKey(key)
		if err != nil {
			return "", err
		}
		words = append(words, base64.StdEncoding.EncodeToString(der))
	}
	return strings.Join(words, " "), nil
}

// passKeys sign and verify codes of passes, and nothing else.
type passKeys struct {
	private   ed25519.PrivateKey // signs; nil: nothing does
	verifying []ed25519.PublicKey
}

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
	if k.private == nil {
		return "", errors.New("orders: no key to sign passes with")
	}
	t := jwt.NewWithClaims(jwt.SigningMethodEdDSA, passClaims{
		p.OrderID, p.TicketID, beginning(p.Title), jwt.RegisteredClaims{IssuedAt: jwt.NewNumericDate(p.IssuedAt.Time)},
	})
	t.Header["kid"] = session.KeyID(k.verifying[0])
	return t.SignedString(k.private)
}

// verify returns what a genuine code says. Errors: ErrInvalidCode, ErrUnknownKey, ErrForged.
func (k passKeys) verify(code string) (c passClaims, err error) {
	if len(code) > longestCode {
		return c, ErrInvalidCode
	}
	_, err = jwt.ParseWithClaims(code, &c, func(t *jwt.Token) (any, error) {
		for _, key := range k.verifying {
			if session.KeyID(key) == t.Header["kid"] {
				return key, nil
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
	for _, public := range k.verifying {
		all.Keys = append(all.Keys, PassKey{"OKP", "Ed25519", base64.RawURLEncoding.EncodeToString(public), session.KeyID(public), "EdDSA", "sig"})
	}
	return all
}
