package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/text/unicode/norm"
)

// The cost of a hash: OWASP's first choice for argon2id.
const (
	memory  = 19 * 1024 // KiB
	passes  = 2
	threads = 1
	saltLen = 16 // bytes
	keyLen  = 32 // bytes
)

// bcryptDecoy is a hash that is no user's, of the cost that the reference used.
const bcryptDecoy = "$2b$10$xXY9X6rp4JaoPhNt80T2L.YxkPRKusbFH1tAnyAPdwIvE90lhAFde"

var errUnknownHash = errors.New("auth: a stored hash is neither argon2id nor bcrypt")

// passwords hashes and checks them.
type passwords struct {
	peppers          []pepper // the first hashes, all verify
	signIns, signUps queue
	argon2id         func(password, salt []byte, time, memory uint32, threads uint8, keyLen uint32) []byte
	bcrypt           func(hash, password []byte) error
}

// pepper is a secret that hashes are keyed with.
type pepper struct {
	secret string
	id     func() string // by which a hash names it. It costs as much as a hash, once: so it is no shortcut to a weak secret
}

func newPasswords(peppers Peppers) *passwords {
	p := &passwords{argon2id: argon2.IDKey, bcrypt: bcrypt.CompareHashAndPassword}
	p.signIns, p.signUps = newQueues()
	for _, secret := range peppers {
		p.peppers = append(p.peppers, pepper{secret, sync.OnceValue(func() string {
			return base64.RawStdEncoding.EncodeToString(p.argon2id([]byte(secret), []byte("id of a pepper"), passes, memory, threads, 3))
		})})
	}
	return p
}

// normal is how a password is hashed, whatever keyboard it was typed on: as by OpaqueString of PRECIS (RFC 8265), that is in NFC and
// with plain spaces, but with the characters that PRECIS forbids.
func normal(password string) string {
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Zs, r) {
			return ' '
		}
		return r
	}, password))
}

// hash returns argon2id in PHC form of HMAC-SHA-256(first pepper, normal password), with the pepper's id. It leaves the place.
// Errors: apierror.Unavailable when ctx ends before its turn comes.
func (p *passwords) hash(ctx context.Context, in *place, password string) (string, error) {
	defer in.leave()
	if err := in.turn(ctx); err != nil {
		return "", err
	}
	salt := make([]byte, saltLen)
	_, _ = rand.Read(salt) // never fails
	h := phc{memory: memory, passes: passes, threads: threads, salt: salt, keyID: p.peppers[0].id()}
	h.key = p.derive(try{p.peppers[0], normal(password), true}, h, keyLen)
	return h.String(), nil
}

// try is one way to read a password: hashes of before the peppers had ids are of any pepper, and of the password as it was typed.
type try struct {
	pepper
	password string
	normal   bool
}

func (p *passwords) tries(password string) (all []try) {
	form := normal(password)
	for _, pepper := range p.peppers {
		all = append(all, try{pepper, form, true})
	}
	for _, pepper := range p.peppers {
		if form != password {
			all = append(all, try{pepper, password, false})
		}
	}
	return all
}

// check reports whether password is the one that was hashed. No hash, "", is checked as if there were one
// and is never right. Each refusal costs as many hashes as the password has tries; with bcrypts, that is while some user still
// has a bcrypt hash, of both kinds. So its time does not show which kind, if any, there was. It leaves the place.
//
// Errors: apierror.Unavailable when ctx ends before its turn comes; a hash that cannot be read.
func (p *passwords) check(ctx context.Context, in *place, password, hash string, bcrypts bool) (bool, error) {
	defer in.leave()
	if err := in.turn(ctx); err != nil {
		return false, err
	}
	tries := p.tries(password)
	if isBcrypt(hash) {
		for _, t := range tries {
			if ok, err := p.checkBcrypt(t, hash); ok || err != nil {
				return ok, err
			}
		}
		for _, t := range tries {
			p.derive(t, decoy(), keyLen)
		}
		return false, nil
	}
	h := decoy()
	if hash != "" {
		var err error
		if h, err = parsePHC(hash); err != nil {
			return false, err
		}
	}
	for _, t := range tries {
		same := subtle.ConstantTimeCompare(h.key, p.derive(t, h, len(h.key))) == 1
		if same && hash != "" && (h.keyID == "" || h.keyID == t.id() && t.normal) {
			return true, nil
		}
	}
	if bcrypts {
		for _, t := range tries {
			if _, err := p.checkBcrypt(t, bcryptDecoy); err != nil {
				return false, err
			}
		}
	}
	return false, nil
}

func (p *passwords) derive(t try, h phc, n int) []byte {
	mac := hmac.New(sha256.New, []byte(t.secret))
	mac.Write([]byte(t.password))
	return p.argon2id(mac.Sum(nil), h.salt, h.passes, h.memory, h.threads, uint32(n))
}

// checkBcrypt checks a hash of the reference: bcrypt of password and pepper in a row, of which bcrypt in
// Node took the first 72 bytes and dropped the rest without a word.
func (p *passwords) checkBcrypt(t try, hash string) (bool, error) {
	input := t.password + t.secret
	err := p.bcrypt([]byte(hash), []byte(input[:min(len(input), 72)]))
	if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return false, nil
	}
	return err == nil, err
}

// isOutdated reports whether a hash is of another kind, cost or pepper than new ones.
func (p *passwords) isOutdated(hash string) bool {
	h, err := parsePHC(hash)
	return err != nil || h.memory != memory || h.passes != passes || h.threads != threads || len(h.key) != keyLen || h.keyID != p.peppers[0].id()
}
