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
