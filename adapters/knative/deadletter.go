package knative

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

// What a Broker adds to an event that it gives up and brings to the dead-letter sink: who failed, with which
// status, and the beginning of the answer in base64.
const (
	errorDest = "knativeerrordest"
	errorCode = "knativeerrorcode"
	errorData = "knativeerrordata"
)

// settleDead turns an event that a Broker gave up into one with a DeadReason: the dead-letter sink of a
// consumer is the consumer's own path, so that its dead letters are stored together. Two kinds are no dead letters. One that
// the consumer rejected is stored already: settleDead reports true. One that could not be delivered, or whose consumer
// lacked a dependency, loses the Broker's extensions and is consumed like any other.
func settleDead(e *event.Event) bool {
	code, given := e.Extensions()[errorCode]
	if !given {
		return false
	}
	from, answer := e.Extensions()[errorDest], e.Extensions()[errorData]
	for _, name := range []string{errorDest, errorCode, errorData} {
		e.SetExtension(name, nil) // the letter is to be replayed
	}
	status := fmt.Sprint(code) // a string in binary mode, a number in structured
	switch status {
	case "422":
		return true
	case "408", "425", "429", "502", "503", "504":
		return false
	}
	reason := fmt.Sprintf("given up by Knative: %v answered %s", from, status)
	if text, ok := answer.(string); ok {
		if plain, err := base64.StdEncoding.DecodeString(text); err == nil {
			text = strings.ToValidUTF8(string(plain), "\uFFFD")
		}
		reason += ": " + text
	}
	e.SetExtension(function.DeadReason, reason)
	return false
}
