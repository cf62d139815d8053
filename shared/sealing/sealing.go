// Package sealing encrypts what a service keeps for others, by AES-256-GCM.
//
// What is sealed names its key, so keys may change: the first encrypts, all decrypt. It is bound to what it is for: for anything else it cannot be
// opened.
package sealing

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
)

// Keys encrypt (the first) and decrypt (all).
type Keys []key

type key struct {
	id   string // says nothing of the key
	aead cipher.AEAD
}

// Sealed is an encrypted text, and the id of its key.
type Sealed struct {
	KeyID string
	Text  []byte
}

// New makes keys of secrets, for one purpose. Errors: none that a secret could cause.
func New(secrets [][]byte, purpose string) (keys Keys, err error) {
	for _, secret := range secrets {
		k, err := newKey(secret, purpose)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, nil
}

func newKey(secret []byte, purpose string) (k key, err error) {
	derived, err := hkdf.Key(sha256.New, secret, nil, purpose+", AES-256-GCM", 32)
	if err != nil {
		return k, err
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return k, err
	}
	k.aead, err = cipher.NewGCMWithRandomNonce(block)
	id := sha256.Sum256(derived)
	k.id = base64.RawURLEncoding.EncodeToString(id[:12])
	return k, err
}

// Seal encrypts a text for what a name says, such as ticket/7. Errors: there is no key.
func (k Keys) Seal(bound, text string) (Sealed, error) {
	if len(k) == 0 {
		return Sealed{}, errors.New("sealing: no key to encrypt with")
	}
	return Sealed{k[0].id, k[0].aead.Seal(nil, nil, []byte(text), []byte(bound))}, nil //nolint:gosec // it makes the nonce itself
}

// Open decrypts a text. Errors: its key is not there; it was changed, or is for something else.
func (k Keys) Open(bound string, s Sealed) (string, error) {
	for _, key := range k {
		if key.id == s.KeyID {
			text, err := key.aead.Open(nil, nil, s.Text, []byte(bound))
			if err != nil {
				err = fmt.Errorf("sealing: %s: %w", bound, err)
			}
			return string(text), err
		}
	}
	return "", fmt.Errorf("sealing: %s was encrypted by key %q, which is not there", bound, s.KeyID)
}
