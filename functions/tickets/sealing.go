package tickets

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/gittix/ticketing/shared/session"
)

// AttachmentSettings are for the functions that encrypt and decrypt attachments.
type AttachmentSettings struct {
	AttachmentSecrets session.Secrets `env:"ATTACHMENT_KEY" required:"true" secret:"true" example:"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"` // what attachments of tickets are encrypted by: at least 32 bytes; or several, with white space between them: the first encrypts, all decrypt. Never take one away that attachments still need
}

// Keys returns the keys that the settings describe. Errors: none that a secret could cause.
func (s AttachmentSettings) Keys() (keys sealingKeys, err error) {
	for _, secret := range s.AttachmentSecrets {
		key, err := newSealingKey(secret)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// sealingKeys encrypt (the first) and decrypt (all).
type sealingKeys []sealingKey

type sealingKey struct {
	id   string // says nothing of the key
	aead cipher.AEAD
}

func newSealingKey(secret []byte) (k sealingKey, err error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "ticketing: attachments, AES-256-GCM", 32)
	if err != nil {
		return k, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return k, err
	}
	k.aead, err = cipher.NewGCMWithRandomNonce(block)
	id := sha256.Sum256(key)
	k.id = base64.RawURLEncoding.EncodeToString(id[:12])
	return k, err
}

// sealed is an encrypted text, and the id of its key.
type sealed struct {
	KeyID string
	Text  []byte
}

// seal encrypts a text for a ticket: for another it cannot be opened. Errors: there is no key.
func (k sealingKeys) seal(ticketID int32, text string) (sealed, error) {
	if len(k) == 0 {
		return sealed{}, errors.New("tickets: no key to encrypt attachments with")
	}
	return sealed{k[0].id, k[0].aead.Seal(nil, nil, []byte(text), boundTo(ticketID))}, nil //nolint:gosec // it makes the nonce itself
}

// open decrypts the text of a ticket. Errors: its key is not there; it was changed, or is another ticket's.
func (k sealingKeys) open(ticketID int32, s sealed) (string, error) {
	for _, key := range k {
		if key.id == s.KeyID {
			text, err := key.aead.Open(nil, nil, s.Text, boundTo(ticketID))
			if err != nil {
				err = fmt.Errorf("tickets: the attachment of ticket %d: %w", ticketID, err)
			}
			return string(text), err
		}
	}
	return "", fmt.Errorf("tickets: the attachment of ticket %d was encrypted by key %q, which is not in ATTACHMENT_KEY", ticketID, s.KeyID)
}

func boundTo(ticketID int32) []byte { return fmt.Appendf(nil, "ticket/%d", ticketID) }
