package knative

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

// What a Broker adds to an event that it gives up and brings to the dead-letter sink: whom it asked, the status, and the answer's first
// 768 bytes in base64. Where there was no answer it says 500 and "dispatch error: …" (knative/eventing, pkg/kncloudevents/event_dispatcher.go).
const (
	errorDest = "knativeerrordest"
	errorCode = "knativeerrorcode"
	errorData = "knativeerrordata"
)

// gaveUp takes from an event what a Broker added when it gave it up, since the letter is to be replayed, and returns why the
// Broker gave up, "" if it did not, and what the consumer said itself, if it was the consumer (as function.AnswerOf).
func gaveUp(e *event.Event) (reason string, own error) {
	code := e.Extension(errorCode)
	if code == "" {
		return "", nil
	}
	reason = fmt.Sprintf("given up by Knative: %v answered %v", e.Extension(errorDest), code)
	if text := e.Extension(errorData); text != "" {
		answer, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			answer = []byte(text)
		}
		own = function.AnswerOf(answer)
		reason += ": " + strings.TrimSpace(strings.ToValidUTF8(string(answer), "\uFFFD"))
	}
	e.RemoveExtensions(errorDest, errorCode, errorData)
	return reason, own
}
