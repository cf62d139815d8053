package functions_test

import (
	"reflect"
	"testing"

	"github.com/gittix/ticketing/functions"
)

// TestRepliesWriteAllTheirFields: a reply that has AppendJSON from a field that it embeds adds nothing to what that writes.
func TestRepliesWriteAllTheirFields(t *testing.T) {
	t.Parallel()
	appends, checked := reflect.TypeFor[interface{ AppendJSON([]byte) []byte }](), 0
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
			if !reply.Implements(appends) {
				continue
			}
			checked++
			for f := range reply.Fields() {
				if !f.Type.Implements(appends) && f.Tag.Get("json") != "-" {
					t.Errorf("%s: no JSON has %s.%s", e.Name, reply, f.Name)
				}
			}
		}
	}
	if checked < 4 {
		t.Errorf("%d replies checked", checked)
	}
}
