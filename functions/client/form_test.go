package client

import "testing"

func TestCursorGoesToTheFirstProblem(t *testing.T) {
	t.Parallel()
	f := form{Fields: []field{{Name: "a"}, {Name: "b"}, {Name: "c"}}}
	if !f.ok() {
		t.Error("an empty form has problems")
	}
	f.problem("b", "no")
	f.problem("c", "neither")
	if f.Fields[0].Focus || !f.Fields[1].Focus || f.Fields[2].Focus || f.ok() {
		t.Errorf("%+v", f.Fields)
	}
}
