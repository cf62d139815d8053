package auth

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/gittix/ticketing/shared/session"
)

// A device cookie holds a token for each of the last accounts that signed in on the device. A token is a random id and a MAC over it
// and the account: whoever has it has an allowance of guesses of its own, which strangers cannot use up, and nothing more.
// (OWASP: Slow Down Online Guessing Attacks with Device Cookies.)
const (
	deviceLifetime = 400 * 24 * time.Hour // the most that browsers keep a cookie
	deviceAccounts = 4                    // how many accounts a device is remembered for
	deviceIDLen    = 16                   // bytes, of the id and of the MAC
)

// knownDevices makes and reads device cookies.
type knownDevices struct {
	keys   [][]byte // the first signs, all verify
	secure bool
}

func newKnownDevices(peppers Peppers, secure bool) (knownDevices, error) {
	d := knownDevices{secure: secure}
	for _, secret := range peppers {
		key, err := hkdf.Key(sha256.New, []byte(secret), nil, "device cookies", sha256.Size)
		if err != nil {
			return d, err
		}
		d.keys = append(d.keys, key)
	}
	return d, nil
}

// find returns the token of an account in the value of a device cookie, or "".
func (d knownDevices) find(value, email string) string {
	tokens := strings.Split(value, ".")
	for _, token := range tokens[:min(len(tokens), deviceAccounts)] {
		b, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil || len(b) != 2*deviceIDLen {
			continue
		}
		for _, key := range d.keys {
			if hmac.Equal(b[deviceIDLen:], deviceMAC(key, b[:deviceIDLen], email)) {
				return token
			}
		}
	}
	return ""
}

// remember returns the cookie of a device on which an account has just signed in: its token first, and those that were there.
func (d knownDevices) remember(value, email string) *http.Cookie {
	own := d.find(value, email)
	var tokens []string
	for token := range strings.SplitSeq(value, ".") {
		if token != "" && token != own {
			tokens = append(tokens, token)
		}
	}
	if own == "" {
		id := make([]byte, deviceIDLen)
		_, _ = rand.Read(id) // never fails
		own = base64.RawURLEncoding.EncodeToString(append(id, deviceMAC(d.keys[0], id, email)...))
	}
	tokens = append([]string{own}, tokens[:min(len(tokens), deviceAccounts-1)]...)
	return session.DeviceCookie(strings.Join(tokens, "."), d.secure, deviceLifetime)
}

func deviceMAC(key, id []byte, email string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(append(id[:deviceIDLen:deviceIDLen], email...))
	return mac.Sum(nil)[:deviceIDLen]
}
