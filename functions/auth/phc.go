package auth

import (
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// phc is an argon2id hash as text: $argon2id$v=19$m=19456,t=2,p=1,keyid=<id>$<salt>$<key>.
type phc struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
	keyID   string // of its pepper, in base64; "": the hash is of before they had ids
	salt    []byte
	key     []byte
}

// String returns the text.
func (h phc) String() string {
	id := ""
	if h.keyID != "" {
		id = ",keyid=" + h.keyID
	}
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d%s$%s$%s", argon2.Version, h.memory, h.passes, h.threads, id,
		base64.RawStdEncoding.EncodeToString(h.salt), base64.RawStdEncoding.EncodeToString(h.key))
}

// parsePHC reads the text, of any reasonable cost. Errors: errUnknownHash.
func parsePHC(s string) (phc, error) {
	var h phc
	part := strings.Split(s, "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" || part[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return phc{}, errUnknownHash
	}
	var cost string
	cost, h.keyID, _ = strings.Cut(part[3], ",keyid=")
	if _, err := fmt.Sscanf(cost, "m=%d,t=%d,p=%d", &h.memory, &h.passes, &h.threads); err != nil {
		return phc{}, errUnknownHash
	}
	var err error
	if h.salt, err = base64.RawStdEncoding.DecodeString(part[4]); err != nil {
		return phc{}, errUnknownHash
	}
	if h.key, err = base64.RawStdEncoding.DecodeString(part[5]); err != nil {
		return phc{}, errUnknownHash
	}
	if h.memory > 1<<18 || h.passes < 1 || h.passes > 16 || h.threads < 1 || len(h.salt) < 8 || len(h.key) < 16 {
		return phc{}, errUnknownHash
	}
	return h, nil
}

// decoy costs as much to check as any hash.
func decoy() phc {
	return phc{memory: memory, passes: passes, threads: threads, salt: make([]byte, saltLen), key: make([]byte, keyLen)}
}

func isBcrypt(hash string) bool { return strings.HasPrefix(hash, "$2") }
