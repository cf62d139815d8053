package function_test

import (
	"context"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"testing"

	"github.com/gittix/ticketing/shared/function"
)

// countdown lists the numbers from 10 to 1.
func countdown(_ context.Context, p function.Paging) (function.Page[int32], error) {
	items := []int32{}
	for n := int32(10); n > 0 && len(items) <= p.Limit; n-- {
		if p.After == 0 || n < p.After {
			items = append(items, n)
		}
	}
	return function.PageOf(p, items, func(n int32) int32 { return n }), nil
}

var nextLink = regexp.MustCompile(`^<(/numbers\?[^>]+)>; rel="next"$`)

func TestPages(t *testing.T) {
	t.Parallel()
	h := handler(t, function.GET("countdown", "/numbers", countdown))
	for first, pages := range map[string][]int{
		"": {10}, "limit=10": {10}, "limit=9": {9, 1}, "limit=5": {5, 5}, "limit=3&q=%26+%25%3E": {3, 3, 3, 1},
		"limit=4&after=6": {4, 1}, "after=1": {0}, "limit=1000&after=": {10}, "limit=&after=99999999": {10},
	} {
		var sizes []int
		var all []int32
		for target := "/numbers?" + first; target != "" && len(sizes) < 20; {
			w := call(h, "GET", target, "")
			var page []int32
			if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || w.Code != 200 || page == nil {
				t.Fatalf("%s: %d %s", target, w.Code, w.Body)
			}
			sizes, all = append(sizes, len(page)), append(all, page...)
			link := w.Header().Get("Link")
			if target = ""; link == "" {
				continue
			}
			match := nextLink.FindStringSubmatch(link)
			if match == nil || but(t, match[1], "after") != but(t, "/numbers?"+first, "after") {
				t.Fatalf("%s: Link %s", first, link)
			}
			target = match[1]
		}
		if !slices.Equal(sizes, pages) || !slices.IsSortedFunc(all, func(a, b int32) int { return int(b - a) }) {
			t.Errorf("%s: pages of %v with %v, want %v", first, sizes, all, pages)
		}
	}
	for _, query := range []string{
		"limit=0", "limit=1&limit=1", "after=1&after=2", "limit=-1", "limit=1001", "limit=x", "limit=1.5", "limit=99999999999999999999",
		"after=0", "after=-1", "after=x", "after=2147483648", "limit=%zz", "a;b",
	} {
		expect(t, call(h, "GET", "/numbers?"+query, ""), 400, "Invalid query.")
	}
}

// but returns the query of a URL without a parameter.
func but(t *testing.T, target, parameter string) string {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Del(parameter)
	return query.Encode()
}
