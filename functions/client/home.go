package client

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

// home is what the home page shows.
type home struct {
	Search  api.Search
	Tickets []event.Ticket
	First   string // the address of the first page, or "" on it
	Next    string // the address of the next page, or ""
}

// AppendVersion appends the versions of the tickets. The rest follows from the address.
func (h home) AppendVersion(b []byte) []byte {
	return function.Page[event.Ticket]{Items: h.Tickets}.AppendVersion(append(b, h.Next...))
}

// Home lists the tickets that are not sold, newest first. It ignores a query that it cannot read; no ticket fits a search that tickets refuses.
func (s *Site) Home(ctx context.Context, v visit) (answer, error) {
	query := v.URL.Query()
	search := api.Search{Words: searchWords(query.Get("q")), Available: query.Get("available") == "true", Unsold: true, Page: page(after(query))}
	found, err := v.api.Tickets(ctx, search)
	if search.Words != "" && errors.Is(err, apierror.ErrInvalidQuery) { // a character may stand for several words
		found, err = api.List[event.Ticket]{}, nil
	}
	if err != nil {
		return answer{}, err
	}
	h := home{Search: search, Tickets: found.Items}
	kept := url.Values{}
	if search.Words != "" {
		kept.Set("q", search.Words)
	}
	if search.Available {
		kept.Set("available", "true")
	}
	h.First, h.Next = pages("/", kept, search.After, found.Next)
	return show("home", "Tickets", h), nil
}

// The longest search that tickets takes.
const (
	longestSearch = 100 // characters
	mostWords     = 10
)

func searchWords(s string) string {
	s = strings.Map(printable, strings.ToValidUTF8(s, ""))
	if runes := []rune(s); len(runes) > longestSearch {
		s = string(runes[:longestSearch])
	}
	if words := strings.Fields(s); len(words) > mostWords {
		return strings.Join(words[:mostWords], " ")
	}
	return strings.TrimSpace(s)
}

func printable(r rune) rune {
	if r < ' ' {
		return ' '
	}
	return r
}

// after is the id after which a page begins, or 0.
func after(query url.Values) int32 {
	if id, ok := function.ParseID(query.Get("after")); ok {
		return id
	}
	return 0
}

// page is the part of a list that one page of the site shows.
func page(after int32) api.Page { return api.Page{Limit: 20, After: after} }

// pages returns the addresses of a list's first page, unless this is it, and of the next, if there is one.
func pages(path string, query url.Values, current, following int32) (first, next string) {
	address := func() string { return (&url.URL{Path: path, RawQuery: query.Encode()}).String() }
	if current != 0 {
		first = address()
	}
	if following != 0 {
		query.Set("after", strconv.Itoa(int(following)))
		next = address()
	}
	return first, next
}
