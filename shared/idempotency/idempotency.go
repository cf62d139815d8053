// Package idempotency answers a request that is sent again as it was answered before, and changes nothing more.
//
// A client names its request by an Idempotency-Key, for a day, for itself alone (per user). What is kept is the answer to a request that has
// changed something: one that was refused, or failed, without a change may be sent again, and is handled anew. With every change its key is noted
// in the same transaction. So where the answer was lost (a crash between commit and answer) the same request is refused, and not done twice.
//
// The database holds a hash in place of the key, a keyed hash of the request, and the answer encrypted by the client's key: whoever reads it learns
// none of the three, if clients choose their keys at random.
package idempotency

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

// Header names the header that holds the key.
const Header = "Idempotency-Key"

// Replayed is a header of an answer that was given before.
const Replayed = "Idempotent-Replayed"

const (
	longestKey    = 255 // characters
	answerWithin  = 5 * time.Second
	leaseFor      = time.Minute // longer than a request takes; after a crash the same request waits for its end
	tryAgainAfter = time.Second
)

// Keys are those of one service's database, which has the schema postgres.Events.
type Keys struct{ db *postgres.DB }

var _ function.Idempotency = Keys{}

// New returns the keys in a database.
func New(db *postgres.DB) Keys { return Keys{db} }

// Once answers as next does; a request with a key that was answered before gets that answer.
//
// Errors, beside next's: function.ErrInvalidKey, function.ErrKeyReused, function.ErrKeyInUse, function.ErrAnswerLost.
func (k Keys) Once(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.Header.Values(Header)) == 0 {
			next.ServeHTTP(w, r)
			return
		}
		a, err := k.answer(next, r)
		if err != nil {
			function.Fail(w, r, err)
			return
		}
		maps.Copy(w.Header(), a.Header)
		w.WriteHeader(a.Status)
		_, _ = w.Write(a.Body) // an error says that the client went away
	})
}

func (k Keys) answer(next http.Handler, r *http.Request) (none answer, _ error) {
	key, ok := keyOf(r.Header.Values(Header))
	if !ok {
		return none, function.ErrInvalidKey
	}
	body, err := io.ReadAll(r.Body)
	if err != nil { // next finds the same, and says what is wrong
		body = nil
	} else {
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	e := entry{db: k.db, user: session.User(r.Context()), secret: key}
	target := r.URL.Path
	if r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	if known, err := e.begin(r.Context(), r.Method+" "+target+"\n"+string(body)); err != nil || known != nil {
		return known.orNone(), err
	}
	a := answer{Status: http.StatusInternalServerError, Header: http.Header{}} // of a handler that panics
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), answerWithin)
		defer cancel()
		if err := e.end(ctx, a); err != nil {
			function.LogFailure(ctx, err)
		}
	}()
	got := &recorder{answer: answer{Status: http.StatusOK, Header: http.Header{}}}
	next.ServeHTTP(got, r.WithContext(e.marking(r.Context())))
	a = got.answer
	return a, nil
}

// keyOf reads the header: text of visible ASCII, in quotes or not.
func keyOf(values []string) (string, bool) {
	key := values[0]
	if quoted, ok := strings.CutPrefix(key, `"`); ok {
		if key, ok = strings.CutSuffix(quoted, `"`); !ok {
			return "", false
		}
	}
	invisible := func(r rune) bool { return r <= ' ' || r > '~' }
	return key, len(values) == 1 && key != "" && len(key) <= longestKey && !strings.ContainsFunc(key, invisible)
}

// answer is what a handler wrote.
type answer struct {
	Status int
	Header http.Header
	Body   []byte
}

func (a *answer) orNone() answer {
	if a == nil {
		return answer{}
	}
	return *a
}

// recorder is an http.ResponseWriter that keeps the answer.
type recorder struct {
	answer
	wrote bool
}

func (r *recorder) Header() http.Header { return r.answer.Header }

func (r *recorder) WriteHeader(status int) {
	if !r.wrote && status >= http.StatusOK {
		r.wrote, r.Status = true, status
	}
}

func (r *recorder) Write(b []byte) (int, error) {
	r.wrote = true
	r.Body = append(r.Body, b...)
	return len(b), nil
}

// keptHeaders are those that are a part of the answer itself, and not of how it was sent.
func keptHeaders(h http.Header) http.Header {
	kept := http.Header{Replayed: {"true"}}
	for _, name := range []string{"Content-Type", "Link", "Location"} {
		if values := h.Values(name); len(values) > 0 {
			kept[name] = values
		}
	}
	return kept
}
