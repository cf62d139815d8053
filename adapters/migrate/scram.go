package migrate

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

const rounds = 4096 // PostgreSQL's own number; our passwords are long and random

// verifier returns what PostgreSQL stores of a password: SCRAM-SHA-256 of RFC 7677, in the form of pg_authid.
// The password is taken as it is: those of deployments are plain ASCII, which SASLprep leaves alone.
func verifier(password string) (string, error) {
	salt := make([]byte, 16)
	rand.Read(salt) //nolint:errcheck // it never fails, says its documentation
	return verifierWith(password, salt)
}

func verifierWith(password string, salt []byte) (string, error) {
	salted, err := pbkdf2.Key(sha256.New, password, salt, rounds, sha256.Size)
	if err != nil {
		return "", fmt.Errorf("migrate: %w", err)
	}
	stored := sha256.Sum256(sign(salted, "Client Key"))
	encode := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", rounds, encode(salt), encode(stored[:]), encode(sign(salted, "Server Key"))), nil
}

func sign(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}
