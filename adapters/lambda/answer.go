package lambda

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// answer is an http.ResponseWriter that keeps what net/http would have sent: the first status that is no
// interim one, the headers as they stood then, a Content-Type where the handler gave none, and no body where
// none may be.
type answer struct {
	head   bool        // the request was HEAD
	live   http.Header // the handler's
	header http.Header // as it stood with the status; nil before
	status int
	body   bytes.Buffer
	typed  bool // the Content-Type has been decided on
}

var _ http.Flusher = (*answer)(nil)

func newAnswer(head bool) *answer { return &answer{head: head, live: http.Header{}} }

func (a *answer) Header() http.Header { return a.live }

func (a *answer) WriteHeader(status int) {
	if status < 100 || status > 999 {
		panic(fmt.Sprintf("invalid WriteHeader code %v", status)) // as net/http does; the runner recovers
	}
	interim := status < 200 && status != http.StatusSwitchingProtocols
	if a.header != nil || interim {
		return
	}
	a.status, a.header = status, a.live.Clone()
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	if len(b) > 0 && !hasBody(a.status) {
		return 0, http.ErrBodyNotAllowed
	}
	return a.body.Write(b)
}

// Flush sends nothing: an answer leaves Lambda in one piece. But net/http would look no further for the type.
func (a *answer) Flush() {
	a.WriteHeader(http.StatusOK)
	a.sniff()
}

// finish makes the answer what the client gets. Nothing may be written after it.
func (a *answer) finish() {
	a.WriteHeader(http.StatusOK)
	switch {
	case a.status == http.StatusNotModified:
		a.header.Del("Content-Type")
		a.header.Del("Content-Length")
	case !hasBody(a.status):
		a.header.Del("Content-Length")
	default:
		a.sniff()
	}
	if a.head {
		if a.body.Len() > 0 && a.header.Get("Content-Length") == "" {
			a.header.Set("Content-Length", strconv.Itoa(a.body.Len()))
		}
		a.body.Reset()
	}
	for name, values := range a.header {
		if len(values) == 0 || !isToken(name) {
			delete(a.header, name)
			continue
		}
		for i, v := range values {
			values[i] = strings.Trim(lineBreaks.Replace(v), " \t")
		}
	}
}

var lineBreaks = strings.NewReplacer("\r", " ", "\n", " ")

func (a *answer) sniff() {
	_, given := a.header["Content-Type"]
	if !a.typed && !given && a.header.Get("Content-Encoding") == "" && a.header.Get("Transfer-Encoding") == "" && a.body.Len() > 0 {
		a.header.Set("Content-Type", http.DetectContentType(a.body.Bytes()))
	}
	a.typed = true
}

func hasBody(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}
