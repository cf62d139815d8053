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

// ListTicketsRequest says which tickets are wanted.
type ListTicketsRequest struct {
	function.Paging
	Words     []string `json:"-" query:"q" example:"cup final"`    // words, all of which must occur in the title
	Available bool     `json:"-" query:"available" example:"true"` // true: only those that no order holds
	UserID    int32    `json:"-" query:"userId" minimum:"1"`       // only this seller's; absent for all
}

// Bind reads the query. Errors: apierror.ErrInvalidQuery.
func (r *ListTicketsRequest) Bind(req *http.Request) error {
	if err := r.Paging.Bind(req); err != nil {
		return err
	}
	query := req.URL.Query()
	switch query.Get("available") {
	case "", "false":
	case "true":
		r.Available = true
	default:
		return apierror.ErrInvalidQuery
	}
	q := query.Get("q")
	if !utf8.ValidString(q) || len(q) > 1000 || strings.ContainsRune(q, 0) {
		return apierror.ErrInvalidQuery
	}
	r.Words = strings.Fields(q)
	if id := query.Get("userId"); id != "" {
		var ok bool
		if r.UserID, ok = function.ParseID(id); !ok {
			return apierror.ErrInvalidQuery
		}
	}
	return nil
}

// ListTickets returns tickets, newest first.
//
// Errors: apierror.ErrInvalidQuery.
func (t *Tickets) ListTickets(ctx context.Context, req ListTicketsRequest) (function.Page[Ticket], error) {
	patterns := make([]string, len(req.Words))
	for i, w := range req.Words {
		patterns[i] = "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(w) + "%"
	}
	found, err := postgres.All(ctx, t.db, scan, `SELECT `+columns+` FROM tickets
		WHERE ($1 = 0 OR id < $1) AND ($2 = 0 OR user_id = $2) AND (NOT $3 OR order_id IS NULL)
		  AND (cardinality($4::text[]) = 0 OR title ILIKE ALL ($4::text[]))
		ORDER BY id DESC LIMIT $5`, req.After, req.UserID, req.Available, patterns, req.Limit+1)
	return function.PageOf(req.Paging, found, func(t Ticket) int32 { return t.ID }), err
}
