package function_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/function"
)

// edition is a reply that has a version.
type edition struct {
	Text    string `json:"text"`
	version int
}

func (n edition) AppendVersion(b []byte) []byte { return fmt.Append(b, n.Text, n.version) }

// TestETag: who has the answer already is told so, without a body, until its version changes.
func TestETag(t *testing.T) {
	t.Parallel()
	stored := edition{Text: "a"}
	one := func(context.Context, function.None) (edition, error) { return stored, nil }
	list := func(_ context.Context, p function.Paging) (function.Page[edition], error) {
		return function.PageOf(p, []edition{stored, {Text: "b"}}, func(edition) int32 { return 7 }), nil
	}
	h := handler(t, function.GET("one", "/one", one).ForEveryone(), function.GET("list", "/list", list).ForEveryone(),
		function.GET("mine", "/mine", one).SignedIn(guard),
		function.GET("none", "/none", func(context.Context, function.None) (edition, error) { return edition{}, apierror.ErrNotFound }).ForEveryone())
	tags := map[string]string{}
	for _, path := range []string{"/one", "/list", "/list?limit=1", "/mine"} {
		w := call(h, "GET", path, "", signedIn(t, 1))
		tag := w.Header().Get("ETag")
		if w.Code != 200 || tag == "" || w.Body.Len() == 0 {
			t.Fatalf("%s: %d, ETag %q, %s", path, w.Code, tag, w.Body)
		}
		for _, same := range []string{tag, strings.TrimPrefix(tag, "W/"), `"x", ` + tag, "*"} {
			for _, method := range []string{"GET", "HEAD"} {
				w := call(h, method, path, "", signedIn(t, 1), "If-None-Match: "+same)
				if w.Code != 304 || w.Body.Len() > 0 || w.Header().Get("ETag") != tag || w.Header().Get("Content-Type") != "" {
					t.Errorf("%s %s with %s: %d %v %s", method, path, same, w.Code, w.Header(), w.Body)
				}
			}
		}
		if w := call(h, "GET", path, "", signedIn(t, 1), `If-None-Match: W/"x"`); w.Code != 200 || w.Body.Len() == 0 {
			t.Errorf("%s with another ETag: %d", path, w.Code)
		}
		tags[path] = tag
	}
	stored.version++
	for path, old := range tags {
		if w := call(h, "GET", path, "", signedIn(t, 1), "If-None-Match: "+old); w.Code != 200 || w.Header().Get("ETag") == old {
			t.Errorf("%s has changed: %d, ETag %s", path, w.Code, w.Header().Get("ETag"))
		}
	}
	if w := call(h, "GET", "/none", "", "If-None-Match: *"); w.Code != 404 || w.Header().Get("ETag") != "" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("an error: %d %v", w.Code, w.Header())
	}
}

// TestCaches: what everyone gets may be kept for a moment, but not by who has a session; what is private is kept by its owner's browser
// alone, which asks each time.
func TestCaches(t *testing.T) {
	t.Parallel()
	one := func(context.Context, function.None) (edition, error) { return edition{}, nil }
	h := handler(t, function.GET("one", "/one", one).ForEveryone(), function.GET("mine", "/mine", one).SignedIn(guard), function.POST("change", "/one", one))
	const public, private = "public, max-age=1, stale-while-revalidate=2", "private, no-cache"
	for _, c := range []struct{ method, path, header, cache, vary string }{
		{"GET", "/one", "Accept: */*", public, "Cookie"},
		{"HEAD", "/one", "If-None-Match: *", public, "Cookie"},
		{"GET", "/one", "Cookie: other=1", public, "Cookie"},
		{"GET", "/one", signedIn(t, 1), private, "Cookie"},
		{"GET", "/one", "Cookie: session=x", private, "Cookie"},
		{"GET", "/mine", signedIn(t, 1), private, "Cookie"},
		{"GET", "/mine", "Accept: */*", "no-store", ""},
		{"POST", "/one", "Accept: */*", "no-store", ""},
	} {
		w := call(h, c.method, c.path, "", c.header)
		if cache, vary := w.Header().Get("Cache-Control"), w.Header().Get("Vary"); cache != c.cache || vary != c.vary {
			t.Errorf("%s %s with %s: %d, Cache-Control %q, Vary %q", c.method, c.path, c.header, w.Code, cache, vary)
		}
	}
}
