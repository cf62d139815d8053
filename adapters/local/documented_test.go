package local_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/function"
)

// rightBody is the documented example of what an endpoint accepts, by field; none if it reads no body.
func rightBody(t *testing.T, e function.Endpoint) map[string]any {
	t.Helper()
	if e.Request == nil || e.Reply == nil { // a raw endpoint judges its body itself
		return nil
	}
	body, _ := bodyExample(operation(t, e)).(map[string]any)
	for _, f := range reflect.VisibleFields(e.Request) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" && body[name] == nil {
			t.Errorf("%s reads %s, of which openapi.json has no example: give the field a tag example, then make generate", e.Name, name)
		}
	}
	return body
}

// optional reports whether a field of a request need not be there.
func optional(e function.Endpoint, name string) bool {
	for _, f := range reflect.VisibleFields(e.Request) {
		if f.Tag.Get("json") == name+",omitempty" || e.Name == "set-attachment" { // which takes an empty text away
			return true
		}
	}
	return false
}

// operation is what the document says of an endpoint.
func operation(t *testing.T, e function.Endpoint) *api.Operation {
	t.Helper()
	call := document(t).Paths[e.Path][strings.ToLower(e.Method)]
	if call == nil {
		t.Fatalf("%s is not in openapi.json: make generate", e.Name)
	}
	return call
}
