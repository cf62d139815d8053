package client

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

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
	ByDate  bool // although another order was asked for
}

// Categories are those that can be chosen, and Orders the orders.
func (home) Categories() []option { return append([]option{{"", "All"}}, categories()[1:]...) }

// Orders are the orders of the list.
func (home) Orders() []option {
	return []option{{"", "Newest"}, {"date", "Date"}, {"price", "Price"}}
}

// Chosen reports whether anything was asked for beyond words.
func (h home) Chosen() bool {
	return h.Search.Category != "" || h.Search.From != "" || h.Search.To != ""
}

// choose reads what of the catalog is wanted. Whoever looks for days gets them in their order.
func (h *home) choose(query url.Values) {
	s := &h.Search
	if slices.Contains(event.Categories(), event.Category(query.Get("category"))) {
		s.Category = query.Get("category")
	}
	if s.Sort = query.Get("sort"); s.Sort != "date" && s.Sort != "price" {
		s.Sort = ""
	}
	if s.From, s.To = dayOf(query.Get("from")), dayOf(query.Get("to")); s.From != "" || s.To != "" {
		h.ByDate, s.Sort = s.Sort == "price", "date"
	}
}

// dayOf is a day as a form has it, or "".
func dayOf(text string) string {
	if at, err := time.Parse(time.DateOnly, text); err != nil || at.Year() < 1 {
		return ""
	}
	return text
}

// Count says how many tickets fit a search, as far as the page knows.
func (h home) Count() string {
	n := len(h.Tickets)
	switch {
	case h.Number != 1 || h.Search.Words == "" && !h.Search.Available && !h.Chosen() || n == 0:
		return ""
	case h.Next != "":
		return fmt.Sprintf("The first %d", n)
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

// Home lists the tickets that are on sale and whose event is to come. It ignores a query that it cannot read; no ticket fits a search that tickets refuses.
func (s *Site) Home(ctx context.Context, v visit) (answer, error) {
	query := v.URL.Query()
	p := readPaging(query)
	h := home{Search: api.Search{Page: p.request(), Words: searchWords(query.Get("q")), Available: query.Get("available") == "true", Unsold: true, Upcoming: true}}
	h.choose(query)
	search := h.Search
	found, err := v.api.Tickets(ctx, search)
	if search.Words != "" && errors.Is(err, apierror.ErrInvalidQuery) { // a character may stand for several words
		found, err = api.List[event.Ticket]{}, nil
	}
	if err != nil {
		return answer{}, err
	}
	h.Tickets = found.Items
	kept := url.Values{}
	if search.Words != "" {
		kept.Set("q", search.Words)
	}
	if search.Available {
		kept.Set("available", "true")
	}
	for name, value := range map[string]string{"category": search.Category, "sort": search.Sort, "from": search.From, "to": search.To} {
		if value != "" {
			kept.Set(name, value)
		}
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
