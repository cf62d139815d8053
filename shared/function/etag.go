package function

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/gittix/ticketing/shared/session"
)

// Versioned is a reply, or an item of a page, that has a version: it changes with whatever is said of it.
type Versioned interface {
	// AppendVersion appends the version, which is that of no other thing, and of no other state of this one.
	AppendVersion(b []byte) []byte
}

// versionOf returns the version of a reply, or nothing if it has none.
func versionOf(reply any) []byte {
	if v, ok := reply.(Versioned); ok {
		return v.AppendVersion(nil)
	}
	return nil
}

// shapeOf changes with the fields of a type of reply: what an older version of this system has said in other words is not the same.
func shapeOf(zero any) string {
	text, _ := json.Marshal(zero) // a type that has no JSON fails with the first reply
	return fmt.Sprintf("%T%+v%s", zero, zero, text)
}

// ETag returns the ETag of a reply in a shape, which is what else the answer is made of, or "" if the reply has no version. It is a weak
// one: the bytes may differ, what they say does not.
func ETag(shape string, reply any) string {
	version := versionOf(reply)
	if len(version) == 0 {
		return ""
	}
	sum := sha256.Sum256(append(version, shape...))
	return `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}

// Unchanged sets the headers by which clients and caches keep an answer: its ETag, for how long, and for whom. It reports whether the request
// says that its client has this answer already; then the status is 304, without a body.
//
// What is public is the same for all who ask. For a second, and for two more while it is fetched anew, whoever has no session may get it from a
// cache; with a session, none is used without asking, so that people see what they have changed.
func Unchanged(w http.ResponseWriter, r *http.Request, tag string, public bool) bool {
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Vary", "Cookie")
	if public && session.Cookie(r) == nil {
		h.Set("Cache-Control", "public, max-age=1, stale-while-revalidate=2")
	} else {
		h.Set("Cache-Control", "private, no-cache")
	}
	for _, line := range r.Header["If-None-Match"] {
		for known := range strings.SplitSeq(line, ",") {
			if known = strings.TrimSpace(known); known == "*" || strings.TrimPrefix(known, "W/") == strings.TrimPrefix(tag, "W/") {
				return true
			}
		}
	}
	return false
}
