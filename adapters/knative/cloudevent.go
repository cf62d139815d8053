package knative

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
)

var (
	errMalformed = apierror.New(http.StatusBadRequest, "Invalid CloudEvent.")
	errNoEvent   = apierror.New(http.StatusUnsupportedMediaType, "A CloudEvent in binary or structured mode is required.")
)

const attribute = "Ce-" // begins the header of an attribute, in binary mode

// isEvent reports whether a request carries a CloudEvent.
func isEvent(h http.Header) bool { return isStructured(h) || h.Get(attribute+"Specversion") != "" }

func isStructured(h http.Header) bool {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && kind == event.ContentType
}

// read returns the CloudEvent that a request brings. Errors: those of a client.
func read(r *http.Request) (event.Event, error) {
	if !isEvent(r.Header) {
		return event.Event{}, errNoEvent
	}
	body, err := io.ReadAll(r.Body)
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return event.Event{}, apierror.ErrTooLarge
	}
	if err != nil {
		return event.Event{}, errMalformed.With(err)
	}
	var e event.Event
	if isStructured(r.Header) {
		e, err = event.Decode(body)
	} else {
		e, err = binary(r.Header, body)
	}
	if err != nil {
		return event.Event{}, errMalformed.With(err)
	}
	return e, nil
}

// binary returns the event whose attributes are headers and whose data is the body. It goes through the JSON
// of the structured mode, so that both have the same checks.
func binary(h http.Header, body []byte) (event.Event, error) {
	fields := map[string]any{}
	for name, values := range h {
		if name, ok := strings.CutPrefix(name, attribute); ok {
			value := values[0]
			if plain, err := url.PathUnescape(value); err == nil { // or its sender knows nothing of escapes
				value = plain
			}
			fields[strings.ToLower(name)] = value
		}
	}
	if kind := h.Get("Content-Type"); kind != "" {
		fields["datacontenttype"] = kind
	}
	delete(fields, "data")
	delete(fields, "data_base64")
	if json.Valid(body) && event.IsJSON(h.Get("Content-Type")) {
		fields["data"] = json.RawMessage(body)
	} else if len(body) > 0 {
		fields["data_base64"] = body
	}
	structured, err := json.Marshal(fields)
	if err != nil {
		return event.Event{}, err
	}
	return event.Decode(structured)
}
