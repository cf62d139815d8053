package tickets

import (
	"context"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
)

// What a search may be made of.
const (
	mostWords     = 10
	longestSearch = 100 // characters
)

// ListTicketsRequest says which tickets are wanted.
type ListTicketsRequest struct {
	function.Paging
	Words     []string `json:"-" query:"q" example:"cup final"`    // words, all of which must occur in the title, whatever their case and accents; at most 10, and 100 characters together
	Available bool     `json:"-" query:"available" example:"true"` // true: only those that can be ordered
	Unsold    bool     `json:"-" query:"unsold" example:"true"`    // true: only those that are on sale, reserved or not
	UserID    int32    `json:"-" query:"userId" minimum:"1"`       // only this seller's; absent for all
	Catalog
}

// Bind reads the query. Errors: apierror.ErrInvalidQuery.
func (r *ListTicketsRequest) Bind(req *http.Request) error {
	if err := r.Paging.Bind(req); err != nil {
		return err
	}
	query := req.URL.Query()
	for name, wanted := range map[string]*bool{"available": &r.Available, "unsold": &r.Unsold, "upcoming": &r.Upcoming} {
		switch query.Get(name) {
		case "", "false":
		case "true":
			*wanted = true
		default:
			return apierror.ErrInvalidQuery
		}
	}
	if err := r.read(query); err != nil {
		return err
	}
	q := query.Get("q")
	r.Words = strings.Fields(q)
	if !utf8.ValidString(q) || strings.ContainsRune(q, 0) || utf8.RuneCountInString(q) > longestSearch || len(r.Words) > mostWords {
		return apierror.ErrInvalidQuery
	}
	if id := query.Get("userId"); id != "" {
		var ok bool
		if r.UserID, ok = function.ParseID(id); !ok {
			return apierror.ErrInvalidQuery
		}
	}
	if r.asked() && r.UserID != 0 {
		return apierror.ErrInvalidQuery
	}
	return nil
}

// ListTickets returns tickets, newest first unless another order is asked for, without their descriptions. A search for words that are neither frequent nor rare looks at some thousand
// tickets a page: then a page may hold less than its limit, or nothing, and still a Link to the next.
//
// Errors: apierror.ErrInvalidQuery.
func (t *Tickets) ListTickets(ctx context.Context, req ListTicketsRequest) (function.Page[Ticket], error) {
	if len(req.Words) > 0 {
		return t.search(ctx, req)
	}
	list := t.newest
	if req.asked() {
		list = t.show
	}
	found, err := list(ctx, req)
	return function.PageOf(req.Paging, found, idOf), err
}

// newest returns a page of tickets, and one more if there is one, newest first.
//
// Each shape of the request is a statement of its own that leaves no choice but one index, which has its tickets in the order of the page.
// So the plan is made once, and stays right whatever the values: the inner limit, which is known when it is made, says that they are few.
func (t *Tickets) newest(ctx context.Context, req ListTicketsRequest) ([]Ticket, error) {
	wanted, order, values := `id < $1::bigint`, `id DESC`, []any{req.Below(), req.Limit + 1}
	if req.UserID != 0 {
		wanted, order, values = `user_id >= $3 AND (user_id, id) < ($3, $1::bigint)`, `user_id DESC, id DESC`, append(values, req.UserID)
	}
	if condition := req.state(); condition != "" {
		wanted += ` AND ` + condition
	}
	return postgres.All(ctx, t.db, scan, `SELECT `+columns+` FROM (
		SELECT `+listed+` FROM tickets WHERE `+wanted+` ORDER BY `+order+` LIMIT 1001) page LIMIT $2`, values...)
}

// state is what orders must have made of a ticket, or "" for anything: the predicate of an index.
func (r ListTicketsRequest) state() string {
	switch {
	case r.Available:
		return "order_id IS NULL AND NOT withdrawn" // and so it is not sold
	case r.Unsold:
		return "NOT sold AND NOT withdrawn"
	}
	return ""
}

func idOf(t Ticket) int32 { return t.ID }
