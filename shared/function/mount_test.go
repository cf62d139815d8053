package function_test

import (
	"testing"

	"github.com/gittix/ticketing/shared/function"
)

func TestBasePath(t *testing.T) {
	t.Parallel()
	for path, right := range map[string]bool{
		"": true, "/shop": true, "/a/b-c_d.e": true,
		"shop": false, "/": false, "/shop/": false, "//shop": false, "/a//b": false, "/a b": false, "/a&amp": false, "/a$1": false, `/a"b`: false, "/.": false, "/a%20b": false, "/a?b": false, "/a/../b": false, "/é": false,
	} {
		var b function.BasePath
		if err := b.UnmarshalText([]byte(path)); (err == nil) != right || right && string(b) != path {
			t.Errorf("%q: %q, %v", path, b, err)
		}
	}
	for path, want := range map[string]string{"/shop": "/", "/shop/": "/", "/shop/a/": "/a/", "/shop//a": "//a", "/shopping": "", "/a/shop": "", "/": ""} {
		rest, below := function.BasePath("/shop").Cut(path)
		if below != (want != "") || below && rest != want {
			t.Errorf("%s: %s, %v, want %q", path, rest, below, want)
		}
	}
}
