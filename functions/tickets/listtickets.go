package tickets

import (
	"context"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/function"
)

// ListTicketsRequest says which tickets are wanted.
type ListTicketsRequest struct {
	function.Paging
	Words     []string `json:"-"` // ?q=, all of which must occur in the title
	Available bool     `json:"-"` // ?available=true: only those that nobody holds
	UserID    int32    `json:"-"` // ?userId=, only this seller's; 0 for all
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
	found, err := t.store.list(ctx, req)
	return function.PageOf(req.Paging, found, func(t Ticket) int32 { return t.ID }), err
}
