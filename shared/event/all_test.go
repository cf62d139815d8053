package event_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"

	"github.com/gittix/ticketing/shared/event"
)

// TestAllListsEveryEvent: an event that All lacks would be in no document, and a broker might not keep it.
func TestAllListsEveryEvent(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "event.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	constants := 0
	ast.Inspect(file, func(n ast.Node) bool {
		constant, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if _, ok := constant.Type.(*ast.IndexExpr); !ok { // Type[…]
			return false
		}
		for i, value := range constant.Values {
			constants++
			literal, _ := value.(*ast.BasicLit)
			if literal == nil || !slices.ContainsFunc(event.All(), func(d event.Described) bool { return strconv.Quote(d.Type) == literal.Value }) {
				t.Errorf("All() in event.go lacks describe(%s)", constant.Names[i])
			}
		}
		return false
	})
	if all := len(event.All()); constants != all {
		t.Errorf("event.go has %d constants, and All() %d events: each belongs into both, once", constants, all)
	}
}
