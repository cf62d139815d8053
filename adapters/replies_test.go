package adapters_test

import (
	"reflect"
	"testing"

	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/function"
)

// TestRepliesWriteAllTheirFields: a reply that has AppendJSON or AppendVersion from a field that it embeds adds nothing to what that writes, or
// to what has that version.
func TestRepliesWriteAllTheirFields(t *testing.T) {
	t.Parallel()
	checked := map[string]int{}
	for _, s := range functions.Services() {
		contents, err := s.Contents()
		if err != nil {
			t.Fatal(err)
		}
		contents.Stop()
		for _, e := range contents.Endpoints {
			reply := e.Reply
			if reply == nil || reply.Kind() != reflect.Struct {
				continue
			}
			if items, ok := reply.FieldByName("Items"); ok {
				reply = items.Type.Elem()
			}
			for name, method := range map[string]reflect.Type{
				"JSON": reflect.TypeFor[interface{ AppendJSON([]byte) []byte }](), "version": reflect.TypeFor[function.Versioned](),
			} {
				if !reply.Implements(method) {
					continue
				}
				checked[name]++
				for f := range reply.Fields() {
					if (f.IsExported() || f.Anonymous) && !f.Type.Implements(method) && f.Tag.Get("json") != "-" {
						t.Errorf("%s: no %s has %s.%s", e.Name, name, reply, f.Name)
					}
				}
			}
		}
	}
	if checked["JSON"] < 4 || checked["version"] < 4 {
		t.Errorf("%v replies checked", checked)
	}
}
