package event_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"

	"github.com/gittix/ticketing/shared/event"
)

const plain = `{"specversion":"1.0","id":"1","source":"/s","type":"t","data":{"id":3}}`

// What the SDK of CloudEvents reads of an event, and writes of it, is what we do.
func TestAsTheSDK(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"ours":                         fmt.Sprint(event.Draft{Type: "tickets.created", Subject: "ticket/3", Data: json.RawMessage(`{"id":3,"t":"<\u2028"}`), Signature: "s"}.At(42, noon.Time)),
		"the least":                    `{"specversion":"1.0","id":"1","source":"/s","type":"t"}`,
		"no content type":              plain,
		"null":                         strings.Replace(plain, `"data"`, `"subject":null,"data"`, 1),
		"every attribute":              strings.Replace(plain, `"data"`, `"subject":"x","time":"2026-01-02T12:00:00.25+01:00","dataschema":"https://example.com/s","datacontenttype":"application/json; charset=utf-8","data"`, 1),
		"extensions":                   strings.Replace(plain, `"data"`, `"text":"é","number":-3,"yes":true,"data"`, 1),
		"base64 of JSON":               `{"specversion":"1.0","id":"1","source":"/s","type":"t","data_base64":"eyJpZCI6M30="}`,
		"base64 of bytes":              `{"specversion":"1.0","id":"1","source":"/s","type":"t","datacontenttype":"image/png","data_base64":"/9g="}`,
		"text that is no JSON":         `{"specversion":"1.0","id":"1","source":"/s","type":"t","datacontenttype":"text/plain","data":"a \"b\""}`,
		"a source that is a reference": strings.Replace(plain, `/s`, `https://example.com/a?b#c`, 1),
	} {
		var theirs cloudevents.Event
		if err := json.Unmarshal([]byte(text), &theirs); err != nil || theirs.Validate() != nil {
			t.Fatalf("%s: %v, %v", name, err, theirs.Validate())
		}
		ours, err := event.Decode([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		same(t, name, ours, theirs)
		var back cloudevents.Event
		if err := json.Unmarshal([]byte(ours.String()), &back); err != nil {
			t.Errorf("%s: they do not read %s: %v", name, ours, err)
		}
		same(t, name+", there and back", ours, back)
	}
}

func same(t *testing.T, name string, ours event.Event, theirs cloudevents.Event) {
	t.Helper()
	got := fmt.Sprint(ours.ID(), ours.Source(), ours.Type(), ours.Subject(), ours.ContentType(), ours.Attributes()["dataschema"], ours.Time().UTC(), string(ours.Data))
	want := fmt.Sprint(theirs.ID(), theirs.Source(), theirs.Type(), theirs.Subject(), theirs.DataContentType(), theirs.DataSchema(), theirs.Time().UTC(), string(theirs.Data()))
	if got != want {
		t.Errorf("%s:\nours   %s\ntheirs %s", name, got, want)
	}
	for extension, value := range theirs.Extensions() {
		if text := fmt.Sprint(value); ours.Extension(extension) != text {
			t.Errorf("%s: %s is %q, not %q", name, extension, ours.Extension(extension), text)
		}
	}
}

// Texts that parsers may read differently are no events.
func TestHostileEvents(t *testing.T) {
	t.Parallel()
	with := func(attribute string) string { return strings.Replace(plain, `"data"`, attribute+`,"data"`, 1) }
	for name, text := range map[string]string{
		"data twice":             with(`"data_base64":"MQ=="`),
		"base64 of numbers":      strings.Replace(plain, `"data":{"id":3}`, `"data_base64":[123,125]`, 1),
		"base64 of nothing":      strings.Replace(plain, `"data":{"id":3}`, `"data_base64":7`, 1),
		"base64 of another kind": strings.Replace(plain, `"data":{"id":3}`, `"data_base64":"_9g="`, 1),
		"text that is an object": with(`"datacontenttype":"text/plain"`),
		"a type that is none":    with(`"datacontenttype":"x/"`),
		"an id that is a number": strings.Replace(plain, `"id":"1"`, `"id":1`, 1),
		"a blank id":             strings.Replace(plain, `"id":"1"`, `"id":" "`, 1),
		"another case":           strings.Replace(plain, `"id":"1"`, `"ID":"1"`, 1),
		"no type":                strings.Replace(plain, `"type":"t"`, `"type":null`, 1),
		"a nameless attribute":   with(`"":"a"`),
		"an attribute of parts":  with(`"x":{"y":1}`),
		"a number too large":     with(`"x":2147483648`),
		"a fraction":             with(`"x":1.5`),
		"another version":        strings.Replace(plain, "1.0", "0.3", 1),
		"no time":                with(`"time":"soon"`),
		"too deep":               strings.Replace(plain, `{"id":3}`, strings.Repeat("[", 20_000)+strings.Repeat("]", 20_000), 1),
		"two events":             plain + plain,
		"a list":                 "[" + plain + "]",
		"null":                   "null",
		"a mark before it":       "\ufeff" + plain,
	} {
		if e, err := event.Decode([]byte(text)); err == nil {
			t.Errorf("%s: %s", name, e)
		}
	}
}

func TestExtensionsOfACopy(t *testing.T) {
	t.Parallel()
	e, err := event.Decode([]byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	e.SetExtension("a", "1")
	changed, without := e, e
	changed.SetExtension("a", "2")
	changed.SetExtension("b", "3")
	without.RemoveExtensions("a", "none")
	if got := fmt.Sprint(e.Extension("a"), e.Extension("b"), changed.Extension("a"), changed.Extension("b"), without.Extension("a")); got != "123" {
		t.Error(got)
	}
}
