package client

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/function"
)

// perPage is how many items a page of a list shows: whole rows of two, three or four.
const perPage = 24

// mostPages is how many pages back a page knows.
const mostPages = 200

// paging is where one is in a list. A service knows what comes after an item only, so the address of a page names those before it.
type paging struct {
	Number                int    // of the page, from 1; 0: further back than is known
	First, Previous, Next string // addresses, or ""

	after int32   // the last id of the page before; 0: this is the first page
	trail []int32 // the same of the pages before, the oldest first
}

// readPaging reads the address of a page, whoever has written it.
func readPaging(query url.Values) paging {
	after, ok := function.ParseID(query.Get("after"))
	if !ok {
		return paging{Number: 1}
	}
	p := paging{after: after}
	for text := range strings.FieldsFuncSeq(query.Get("before"), func(r rune) bool { return r == '.' }) {
		id, ok := function.ParseID(text)
		if !ok || id == after || len(p.trail) == mostPages || slices.Contains(p.trail, id) {
			return paging{after: after}
		}
		p.trail = append(p.trail, id)
	}
	p.Number = len(p.trail) + 2
	return p
}

// request is what to ask the service for.
func (p paging) request() api.Page { return api.Page{Limit: perPage, After: p.after} }

// with returns the paging with the addresses around it: path and query are those of the list, following is the last id of this page, if there is another.
func (p paging) with(path string, query url.Values, following int32) paging {
	address := func(after int32, trail []int32) string {
		if after != 0 {
			query.Set("after", strconv.Itoa(int(after)))
		}
		if len(trail) > 0 {
			var ids []string
			for _, id := range trail {
				ids = append(ids, strconv.Itoa(int(id)))
			}
			query.Set("before", strings.Join(ids, "."))
		}
		u := url.URL{Path: path, RawQuery: query.Encode()}
		query.Del("after")
		query.Del("before")
		return u.String()
	}
	if p.after != 0 {
		p.First = address(0, nil)
		switch n := len(p.trail); {
		case n > 0:
			p.Previous = address(p.trail[n-1], p.trail[:n-1])
		case p.Number == 2:
			p.Previous = p.First
		}
	}
	if following != 0 {
		trail := slices.Clone(p.trail)
		if p.after != 0 && len(trail) < mostPages {
			trail = append(trail, p.after)
		}
		p.Next = address(following, trail)
	}
	return p
}
