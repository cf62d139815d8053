package event

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	specVersion = "1.0"
	// ContentType is that of an event in structured mode.
	ContentType = "application/cloudevents+json"
)

// Event is a CloudEvent 1.0 as it travels: JSON in structured mode on a bus, either mode over HTTP
// (github.com/cloudevents/spec, formats/json-format.md). A copy can be changed alone.
type Event struct {
	id, source, kind, subject string
	time                      time.Time
	contentType, schema       string
	extensions                map[string]string // replaced, never changed

	Data []byte // decoded, if it travels as base64
}

// ID is unique for the source.
func (e Event) ID() string { return e.id }

// Source is what publishes: /tickets.
func (e Event) Source() string { return e.source }

// Type is what happened: tickets.created.
func (e Event) Type() string { return e.kind }

// Subject is what it happened to: ticket/3. "": that is not said.
func (e Event) Subject() string { return e.subject }

// Time is when it happened. Zero: that is not said.
func (e Event) Time() time.Time { return e.time }

// ContentType is that of the data. "": JSON.
func (e Event) ContentType() string { return e.contentType }

// Extension is the text of another attribute, "" if there is none.
func (e Event) Extension(name string) string { return e.extensions[name] }

// SetExtension adds or replaces an attribute.
func (e *Event) SetExtension(name, value string) {
	changed := map[string]string{name: value}
	for name, value := range e.extensions {
		if _, ok := changed[name]; !ok {
			changed[name] = value
		}
	}
	e.extensions = changed
}

// RemoveExtensions takes away those that are there.
func (e *Event) RemoveExtensions(names ...string) {
	e.extensions = maps.Clone(e.extensions)
	for _, name := range names {
		delete(e.extensions, name)
	}
}

// The attributes that the specification names: these are text.
var attributes = []string{"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema"}

var attributeName = regexp.MustCompile(`^[a-z0-9]+$`)

// IsExtension reports whether an attribute that the specification does not name may be called so.
func IsExtension(name string) bool {
	return attributeName.MatchString(name) && name != "data" && !slices.Contains(attributes, name)
}

// IsJSON reports whether data of a type is JSON. Without a type it is.
func IsJSON(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return contentType == "" || err == nil && (strings.HasSuffix(kind, "/json") || strings.HasSuffix(kind, "+json"))
}

// Attributes are all that the event has, as text.
func (e Event) Attributes() map[string]string {
	all := maps.Clone(e.extensions)
	if all == nil {
		all = map[string]string{}
	}
	at := ""
	if !e.time.IsZero() {
		at = e.time.Format(time.RFC3339Nano)
	}
	for i, value := range []string{specVersion, e.id, e.source, e.kind, e.subject, at, e.contentType, e.schema} {
		if value != "" {
			all[attributes[i]] = value
		}
	}
	return all
}

// MarshalJSON writes the structured mode.
func (e Event) MarshalJSON() ([]byte, error) {
	all := map[string]any{}
	for name, value := range e.Attributes() {
		all[name] = value
	}
	switch {
	case len(e.Data) == 0:
	case IsJSON(e.contentType) && json.Valid(e.Data):
		all["data"] = json.RawMessage(e.Data)
	default:
		all["data_base64"] = e.Data
	}
	return json.Marshal(all)
}

// String is the structured mode.
func (e Event) String() string {
	b, _ := e.MarshalJSON() // it cannot fail
	return string(b)
}

// UnmarshalJSON reads the structured mode. The event may lack attributes that are required.
func (e *Event) UnmarshalJSON(b []byte) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	if all == nil {
		return errors.New("null is no event")
	}
	read := Event{extensions: map[string]string{}}
	core := map[string]string{}
	for name, raw := range all {
		if name == "data" || name == "data_base64" || string(raw) == "null" {
			continue
		}
		text, isText := textOf(raw)
		switch {
		case isText && slices.Contains(attributes, name):
			core[name] = text
		case (isText || text != "") && IsExtension(name):
			read.extensions[name] = text
		default:
			return fmt.Errorf("%q is no attribute, or cannot have this value", name)
		}
	}
	read.id, read.source, read.kind, read.subject = core["id"], core["source"], core["type"], core["subject"]
	read.contentType, read.schema = core["datacontenttype"], core["dataschema"]
	var err error
	if at, ok := core["time"]; ok {
		if read.time, err = time.Parse(time.RFC3339Nano, at); err != nil {
			return fmt.Errorf("time: %w", err)
		}
	}
	if core["specversion"] != specVersion {
		return fmt.Errorf("specversion is %q, not %s", core["specversion"], specVersion)
	}
	if read.Data, err = read.dataOf(all["data"], all["data_base64"]); err != nil {
		return err
	}
	*e = read
	return nil
}

// textOf is the text of an attribute, which may be a boolean or an integer of 32 bits in JSON; "" if it is anything else.
func textOf(raw json.RawMessage) (text string, isText bool) {
	if err := json.Unmarshal(raw, &text); err == nil {
		return text, true
	}
	text = string(raw)
	if _, err := strconv.ParseInt(text, 10, 32); err != nil && text != "true" && text != "false" {
		return "", false
	}
	return text, false
}

// dataOf decodes the data, which comes as JSON or as base64. Of another type than JSON it is a string.
func (e Event) dataOf(raw, encoded json.RawMessage) (data []byte, err error) {
	if raw != nil && encoded != nil {
		return nil, errors.New("data comes twice")
	}
	var text string
	switch {
	case encoded != nil:
		if err := json.Unmarshal(encoded, &text); err != nil { // a []byte could be an array
			return nil, fmt.Errorf("data_base64: %w", err)
		}
		return base64.StdEncoding.DecodeString(text)
	case raw != nil && !IsJSON(e.contentType):
		err := json.Unmarshal(raw, &text)
		return []byte(text), err
	}
	return raw, nil
}

// validate checks what the specification requires of an event.
func (e Event) validate() error {
	for i, value := range []string{e.id, e.source, e.kind} {
		if strings.TrimSpace(value) == "" {
			return fmt.Errorf("%s is missing", attributes[i+1])
		}
	}
	if _, err := url.Parse(e.source); err != nil {
		return fmt.Errorf("source: %w", err)
	}
	if e.contentType != "" {
		if _, _, err := mime.ParseMediaType(e.contentType); err != nil {
			return fmt.Errorf("datacontenttype: %w", err)
		}
	}
	return nil
}
