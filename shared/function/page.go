package function

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/gittix/ticketing/shared/apierror"
)

// Paging is the part of a request that says which page of a list is wanted.
type Paging struct {
	Limit int   `json:"-" query:"limit" minimum:"1" maximum:"1000" default:"100" example:"20"` // how many
	After int32 `json:"-" query:"after" minimum:"1"`                                           // the last id of the page before; 0, or absent, for the first page
	url   url.URL
}

// Bind reads the query, in which no parameter may be twice. Errors: apierror.ErrInvalidQuery.
func (p *Paging) Bind(r *http.Request) error {
	p.Limit, p.url = 100, *r.URL
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return apierror.ErrInvalidQuery
	}
	for _, values := range query {
		if len(values) > 1 { // some would read the first, and some the last
			return apierror.ErrInvalidQuery
		}
	}
	if s := query.Get("limit"); s != "" {
		limit, ok := ParseID(s)
		if !ok || limit > 1000 {
			return apierror.ErrInvalidQuery
		}
		p.Limit = int(limit)
	}
	if s := query.Get("after"); s != "" {
		var ok bool
		if p.After, ok = ParseID(s); !ok {
			return apierror.ErrInvalidQuery
		}
	}
	return nil
}

// Below is what the ids of the page are below. The first page is asked for as any other, so that one plan fits all.
func (p Paging) Below() int64 {
	if p.After == 0 {
		return math.MaxInt32 + 1
	}
	return int64(p.After)
}

// size is for as many items as are asked for, as they usually are.
func (p *Paging) size() int64 { return int64(p.Limit) << 8 }

// weight is for as many items as are asked for, of up to 1 KiB each: the rows, their JSON, and the copies on the way.
func (p *Paging) weight() int64 { return int64(p.Limit+1) << 12 }

// Page is a list's reply: a JSON array, and a Link to the next page while there is more.
type Page[T any] struct {
	Items []T
	next  string `header:"Link"` // the address of the next page, rel="next", while there is one
}

// PageOf makes the reply from at most p.Limit+1 items, newest first: the one too many says that there is more.
func PageOf[T any](p Paging, items []T, id func(T) int32) Page[T] {
	if len(items) <= p.Limit {
		return Page[T]{Items: items}
	}
	items = items[:p.Limit]
	return Page[T]{Items: items, next: p.below(id(items[p.Limit-1]))}
}

// PartOf makes the reply from all items down to the id after, which are not more than p.Limit: there may be more below it.
func PartOf[T any](p Paging, items []T, after int32) Page[T] {
	return Page[T]{Items: items, next: p.below(after)}
}

func (p Paging) below(id int32) string {
	query := p.url.Query()
	query.Set("after", strconv.Itoa(int(id)))
	next := url.URL{Path: p.url.Path, RawQuery: query.Encode()}
	return next.String()
}

// MarshalJSON writes the array.
func (p Page[T]) MarshalJSON() ([]byte, error) { return p.appendJSON(nil) }

func (p Page[T]) appendJSON(b []byte) (_ []byte, err error) {
	b = append(b, '[')
	for i := range p.Items {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendJSON(b, &p.Items[i]); err != nil {
			return nil, err
		}
		if i == 0 {
			b = slices.Grow(b, (len(b)+len(", "))*len(p.Items)) // the others are about as long
		}
	}
	return append(b, ']'), nil
}

// AppendVersion appends those of the items, if they have any.
func (p Page[T]) AppendVersion(b []byte) []byte {
	if _, versioned := any(new(T)).(Versioned); !versioned {
		return b
	}
	b = append(append(b, p.next...), '[')
	for i := range p.Items {
		b = append(any(&p.Items[i]).(Versioned).AppendVersion(b), ',') //nolint:forcetypeassert // it is
	}
	return b
}

// Respond sets the Link.
func (p Page[T]) Respond(h http.Header, status int) int {
	if p.next != "" {
		h.Set("Link", fmt.Sprintf("<%s>; rel=\"next\"", p.next))
	}
	return status
}
