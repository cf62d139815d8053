package auth

import (
	"net/http"
	"strings"
	"unicode"

	"github.com/gittix/ticketing/shared/clientip"
	"github.com/gittix/ticketing/shared/session"
)

// visitor is where a request comes from.
type visitor struct {
	hops  clientip.Hops
	agent string // User-Agent
	token string // of the session that it carries
	known string // the value of its device cookie, or ""
}

// Bind notes the request's way here and its device.
func (v *visitor) Bind(r *http.Request) error {
	v.hops, v.agent, v.token = clientip.Of(r), r.UserAgent(), session.Token(r)
	if c := session.Device(r); c != nil {
		v.known = c.Value
	}
	return nil
}

const longestDevice = 120 // characters

// device is what the visitor's browser calls itself, as text that can be shown.
func (v visitor) device() string {
	printable := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(v.agent, ""))
	characters := []rune(printable)
	return string(characters[:min(len(characters), longestDevice)])
}
