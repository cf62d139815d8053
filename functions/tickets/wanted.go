package tickets

import (
	"context"
	"math"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/money"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/timestamp"
)

// position is a place in the order of a list.
type position struct {
	StartsAt timestamp.Time
	Price    money.Cents
	ID       int32
}

// wanted is what a ticket must be that is on the page, but for the words in its title: the page begins behind the ticket that the one before ended with,
// by when that begins, or what it costs. Errors: apierror.ErrInvalidQuery, of a page behind a ticket that does not exist.
func (t *Tickets) wanted(ctx context.Context, req ListTicketsRequest) (filter, error) {
	now := timestamp.Of(t.now())
	begin := position{StartsAt: now, ID: math.MaxInt32} // behind all that begin now
	if req.From != "" && req.From.begins().After(now.Time) {
		begin.StartsAt = req.From.begins()
	}
	if req.After != 0 && (req.Sort == Date || req.Sort == Price) {
		after, err := t.position(ctx, req.After)
		if err != nil {
			return filter{}, postgres.NoRows(err, apierror.ErrInvalidQuery)
		}
		if req.Sort == Price || after.StartsAt.After(now.Time) {
			begin = after
		}
	}
	return req.filter(now, begin), nil
}

// position returns that of a ticket. Errors: pgx.ErrNoRows.
func (t *Tickets) position(ctx context.Context, id int32) (position, error) {
	return postgres.One(ctx, t.db, pgx.RowToStructByPos[position], `SELECT coalesce(starts_at, $2), price, id FROM tickets WHERE id = $1`, id, t.now())
}

// filter is what a ticket must be, but for the words in its title, in words that leave no choice but the index that has its tickets in their order.
func (r ListTicketsRequest) filter(now timestamp.Time, begin position) filter {
	var f filter
	switch {
	case r.Sort == Date:
		f.order = "starts_at, id"
		f = f.and("starts_at IS NOT NULL AND (starts_at, id) > (@begin::timestamptz, @after::int)", pgx.StrictNamedArgs{"begin": begin.StartsAt, "after": begin.ID})
	case r.Sort == Price:
		f.order = "price, id"
		f = f.and("(price, id) > (@begin::bigint, @after::int)", pgx.StrictNamedArgs{"begin": int64(begin.Price), "after": begin.ID})
	case r.UserID != 0: // whose tickets are old is not looked for among all
		f.order = "user_id DESC, id DESC"
		f = f.and("user_id >= @seller AND (user_id, id) < (@seller, @below::bigint)", pgx.StrictNamedArgs{"seller": r.UserID, "below": r.Below()})
	default:
		f.order = "id DESC"
		f = f.and("id < @below::bigint", pgx.StrictNamedArgs{"below": r.Below()})
	}
	if condition := r.state(); condition != "" {
		f = f.and(condition, nil)
	}
	if r.asked() {
		f = f.and(onShow, nil)
	}
	if r.asked() && r.Sort != Date { // which begins behind now
		f = f.and(toCome, pgx.StrictNamedArgs{"now": now})
	}
	if r.Category != "" {
		f = f.and("category <> '' AND category = @category::text", pgx.StrictNamedArgs{"category": r.Category})
	}
	if r.From != "" {
		f = f.and("starts_on >= @from::date", pgx.StrictNamedArgs{"from": string(r.From)})
	}
	if r.To != "" {
		f = f.and("starts_on <= @to::date AND starts_at < @end::timestamptz", pgx.StrictNamedArgs{"to": string(r.To), "end": r.To.ends()})
	}
	return f
}

// until adds that a ticket comes no later than there, in the order of the list.
func (f filter) until(r ListTicketsRequest, end position) filter {
	switch r.Sort {
	case Date:
		return f.and("(starts_at, id) <= (@last::timestamptz, @lastid::int)", pgx.StrictNamedArgs{"last": end.StartsAt, "lastid": end.ID})
	case Price:
		return f.and("(price, id) <= (@last::bigint, @lastid::int)", pgx.StrictNamedArgs{"last": int64(end.Price), "lastid": end.ID})
	}
	return f.and("id >= @lastid", pgx.StrictNamedArgs{"lastid": end.ID})
}
