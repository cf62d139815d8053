package event

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Signature is the extension that holds an event's signature, in base64url.
const Signature = "signature"

// Signatures make and check what proves an event's publisher: HMAC-SHA256, by a key that the publisher and its consumers
// alone hold, over the event's identity (id, source, type and subject) and its data. Without keys they sign nothing, and
// refuse everything.
//
// What is signed of the data is JSON in one form (no space, the names of objects in order, numbers as written), since transports
// may write it anew. Verify hands on that form, so what a consumer reads is what was signed, whatever the transport did: a name that is
// there twice, or differs in case, deceives no consumer. Not signed are time, sequence and traceparent, which decide nothing, and
// datacontenttype, since data is always read as JSON. A genuine event may be sent again by anyone who has seen it: delivery is at least once,
// and in any order, so that changes nothing.
//
// Whoever holds a key can sign with it: a consumer of a publisher's events could forge them, too.
type Signatures struct {
	Keys     map[string][]string // of each publisher: the first signs, all verify
	Optional bool                // an event without a signature is taken for genuine; one with a wrong signature never is
}

// ErrForged is the error of an event that its publisher did not sign. The other two are it, too.
var (
	ErrForged         = errors.New("event: no valid signature of its publisher")
	ErrUnsigned       = fmt.Errorf("%w: there is none", ErrForged)
	ErrWrongSignature = fmt.Errorf("%w: it is wrong", ErrForged)
)

// Publisher is the service that publishes events of a type: what is before the dot.
func Publisher(kind string) string {
	publisher, _, _ := strings.Cut(kind, ".")
	return publisher
}

// Sign signs a draft, and gives it an id if it has none. Errors: data that is not JSON; a publisher whose key is not there.
func (s Signatures) Sign(d *Draft) error {
	if d.ID == "" {
		d.ID = rand.Text()
	}
	if len(s.Keys) == 0 {
		return nil
	}
	keys := s.Keys[Publisher(d.Type)]
	if len(keys) == 0 {
		return fmt.Errorf("event: no key to sign %s with", d.Type)
	}
	data, err := canonical(d.Data)
	if err != nil {
		return err
	}
	d.Signature = base64.RawURLEncoding.EncodeToString(mac(keys[0], d.ID, d.source(), d.Type, d.Subject, data))
	return nil
}

// Verify returns the event as its publisher signed it. Errors: ErrUnsigned; ErrWrongSignature; ErrForged, where the data is not JSON.
func (s Signatures) Verify(e Event) (Event, error) {
	data, err := canonical(e.Data)
	if err != nil {
		return Event{}, fmt.Errorf("%w: %w", ErrForged, err)
	}
	signature, signed := e.extensions[Signature]
	genuine := s.Optional && !signed
	if got, err := base64.RawURLEncoding.DecodeString(signature); err == nil {
		for _, key := range s.Keys[Publisher(e.Type())] {
			genuine = genuine || hmac.Equal(got, mac(key, e.ID(), e.Source(), e.Type(), e.Subject(), data))
		}
	}
	switch {
	case !signed && !genuine:
		return Event{}, ErrUnsigned
	case !genuine:
		return Event{}, ErrWrongSignature
	}
	e.Data = data
	return e, nil
}

// mac is over a JSON array, in which no part can run into the next.
func mac(key, id, source, kind, subject string, data []byte) []byte {
	identity, _ := json.Marshal([]string{id, source, kind, subject}) // strings cannot fail
	h := hmac.New(sha256.New, []byte(key))
	h.Write(identity)
	h.Write(data)
	return h.Sum(nil)
}

// canonical is the one form of JSON data.
func canonical(data []byte) ([]byte, error) {
	var value any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		return nil, fmt.Errorf("event: data is not JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("event: data is more than one JSON value")
	}
	return json.Marshal(value)
}
