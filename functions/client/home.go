package client

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

// home is what the home page shows.
type home struct {
	paging
	Search  api.Search
	Tickets []event.Ticket
}

// Count says how many tickets fit a search, as far as the page knows.
func (h home) Count() string {
	n := len(h.Tickets)
	switch {
	case h.Number != 1 || h.Search.Words == "" && !h.Search.Available || n == 0:
		return ""
	case h.Next != "":
		return fmt.Sprintf("The newest %d", n)
	case n == 1:
		return "1 ticket"
	}
	return fmt.Sprintf("%d tickets", n)
}

// title is the page's: what was searched for, and which page it is.
func (h home) title() string {
	title := "Tickets"
	if h.Search.Words != "" {
		title = "“" + h.Search.Words + "”"
	}
	if h.Number > 1 {
		title += fmt.Sprintf(", page %d", h.Number)
	}
	return title
}

// AppendVersion appends the versions of the tickets. The rest follows from the address.
func (h home) AppendVersion(b []byte) []byte {
	return function.Page[event.Ticket]{Items: h.Tickets}.AppendVersion(append(b, h.Next...))
}

// Home lists the tickets that are not sold, newest first. It ignores a query that it cannot read; no ticket fits a search that tickets refuses.
func (s *Site) Home(ctx context.Context, v visit) (answer, error) {
	query := v.URL.Query()
	search := api.Search{Words: searchWords(query.Get("q")), Available: query.Get("available") == "true", Unsold: true}
	p := readPaging(query)
	search.Page = p.request()
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
	h.paging = p.with("/", kept, found.Next)
	return show("home", h.title(), h), nil
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
