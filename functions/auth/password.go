package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"runtime"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"

	"github.com/gittix/ticketing/shared/apierror"
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

// passwords hashes and checks them, at most one per processor at a time: that bounds memory to 19 MiB each.
type passwords struct {
	pepper   []byte
	slots    chan struct{}
	argon2id func(password, salt []byte, time, memory uint32, threads uint8, keyLen uint32) []byte
	bcrypt   func(hash, password []byte) error
}

func newPasswords(pepper string) *passwords {
	return &passwords{
		pepper:   []byte(pepper),
		slots:    make(chan struct{}, runtime.GOMAXPROCS(0)),
		argon2id: argon2.IDKey,
		bcrypt:   bcrypt.CompareHashAndPassword,
	}
}

// hash returns argon2id in PHC form of HMAC-SHA-256(pepper, password).
// Errors: apierror.Unavailable when ctx ends before its turn comes.
func (p *passwords) hash(ctx context.Context, password string) (string, error) {
	if err := p.enter(ctx); err != nil {
		return "", err
	}
	defer p.leave()
	salt := make([]byte, saltLen)
	_, _ = rand.Read(salt) // never fails
	h := phc{memory: memory, passes: passes, threads: threads, salt: salt}
	h.key = p.derive(password, h, keyLen)
	return h.String(), nil
}

// check reports whether password is the one that was hashed. No hash, "", is checked as if there were one
// and is never right. With bcrypts, that is while some user still has a bcrypt hash, each refusal costs one
// of both kinds, so that its time does not show which kind, if any, there was.
//
// Errors: apierror.Unavailable when ctx ends before its turn comes; a hash that cannot be read.
func (p *passwords) check(ctx context.Context, password, hash string, bcrypts bool) (bool, error) {
	if err := p.enter(ctx); err != nil {
		return false, err
	}
	defer p.leave()
	if isBcrypt(hash) {
		ok, err := p.checkBcrypt(password, hash)
		if err == nil && !ok {
			p.derive(password, decoy(), keyLen)
		}
		return ok, err
	}
	h := decoy()
	if hash != "" {
		var err error
		if h, err = parsePHC(hash); err != nil {
			return false, err
		}
	}
	ok := subtle.ConstantTimeCompare(h.key, p.derive(password, h, len(h.key))) == 1 && hash != ""
	if !ok && bcrypts {
		_, err := p.checkBcrypt(password, bcryptDecoy)
		return false, err
	}
	return ok, nil
}

func (p *passwords) derive(password string, h phc, n int) []byte {
	mac := hmac.New(sha256.New, p.pepper)
	mac.Write([]byte(password))
	return p.argon2id(mac.Sum(nil), h.salt, h.passes, h.memory, h.threads, uint32(n))
}

// checkBcrypt checks a hash of the reference: bcrypt of password and pepper in a row, of which bcrypt in
// Node took the first 72 bytes and dropped the rest without a word.
func (p *passwords) checkBcrypt(password, hash string) (bool, error) {
	input := append([]byte(password), p.pepper...)
	err := p.bcrypt([]byte(hash), input[:min(len(input), 72)])
	if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return false, nil
	}
	return err == nil, err
}

func (p *passwords) enter(ctx context.Context) error {
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return apierror.Unavailable(context.Cause(ctx))
	}
}

func (p *passwords) leave() { <-p.slots }
