package tickets

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/money"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/timestamp"
)

// Order is the order of a catalog.
type Order string

// The orders; "" is Newest.
const (
	Newest Order = "newest"
	Date   Order = "date"  // the next first; only those that have a date
	Price  Order = "price" // the lowest first
)

// Catalog says which of the tickets are wanted that are on sale, and whose event is to come.
type Catalog struct {
	Upcoming bool           `json:"-" query:"upcoming" example:"true"`                                // true: only those on sale whose event has not begun; so it is with each of the following, too
	Category event.Category `json:"-" query:"category" example:"sports"`                              // only of this category
	Sort     Order          `json:"-" query:"sort" example:"date"`                                    // newest; date, for those that have one; or price, the lowest first; with q: newest only
	From     timestamp.Time `json:"-" query:"from" format:"date-time" example:"2030-06-01T00:00:00Z"` // with sort=date: that begin then or later
	To       timestamp.Time `json:"-" query:"to" format:"date-time" example:"2030-07-01T00:00:00Z"`   // with sort=date: that begin before
}

// asked reports whether the request is for the catalog.
func (c Catalog) asked() bool { return c.Upcoming || c.Category != "" || c.Sort != "" }

// read reads the query. Errors: apierror.ErrInvalidQuery.
func (c *Catalog) read(query url.Values) error {
	c.Category, c.Sort = event.Category(query.Get("category")), Order(query.Get("sort"))
	ok := (c.Category == "" || slices.Contains(event.Categories(), c.Category)) && slices.Contains([]Order{"", Newest, Date, Price}, c.Sort)
	for name, to := range map[string]*timestamp.Time{"from": &c.From, "to": &c.To} {
		if text := query.Get(name); text != "" {
			at, err := time.Parse(time.RFC3339, text)
			ok, *to = ok && err == nil && c.Sort == Date && at.Year() <= 9999, timestamp.Of(at)
		}
	}
	if !ok {
		return apierror.ErrInvalidQuery
	}
	return nil
}

const (
	onShow = "NOT sold AND NOT withdrawn AND NOT over"
	toCome = "(starts_at IS NULL OR starts_at > now())" // over is noted later than that
)

// show returns a page of the catalog, and one more if there is one.
//
// As in newest, each shape is a statement that leaves no choice but one index, and is planned once. Only where a category is asked for, it is planned for
// that one: what is best for one with a million tickets is not for one with ten. A page begins behind the ticket that the page before ended with, by what
// that costs, or when it begins. Errors: apierror.ErrInvalidQuery, of a page behind a ticket that does not exist.
func (t *Tickets) show(ctx context.Context, req ListTicketsRequest) ([]Ticket, error) {
	begin, err := t.behind(ctx, req)
	if err != nil {
		return nil, postgres.NoRows(err, apierror.ErrInvalidQuery)
	}
	sql, values := req.shown(begin)
	if req.Category != "" {
		values = append([]any{pgx.QueryExecModeCacheDescribe}, values...)
	}
	return postgres.All(ctx, t.db, scan, sql, values...)
}

// shown is the statement for a page that begins there, and its values.
func (r ListTicketsRequest) shown(begin position) (string, []any) {
	var order string
	wanted, values := onShow+" AND "+toCome, []any{r.Limit + 1}
	and := func(condition string, value any) {
		values = append(values, value)
		wanted += " AND " + fmt.Sprintf(condition, len(values))
	}
	if r.Available {
		wanted += ` AND order_id IS NULL`
	}
	if r.Category != "" {
		wanted += ` AND category <> ''`
		and(`category = $%d::text`, r.Category)
	}
	switch r.Sort {
	case Date:
		order = `starts_at, id`
		wanted += ` AND starts_at IS NOT NULL`
		and(`(starts_at, id) > ($%d::timestamptz`, begin.StartsAt)
	case Price:
		order = `price, id`
		and(`(price, id) > ($%d::bigint`, int64(begin.Price))
	default:
		order = `id DESC`
		and(`id < $%d::bigint`, r.Below())
	}
	if r.Sort == Date || r.Sort == Price {
		values = append(values, r.After)
		wanted += fmt.Sprintf(`, $%d::int)`, len(values))
	}
	if !r.To.IsZero() {
		and(`starts_at < $%d::timestamptz`, r.To)
	}
	return `SELECT ` + columns + ` FROM (
		SELECT ` + listed + ` FROM tickets WHERE ` + wanted + ` ORDER BY ` + order + ` LIMIT 1001) page LIMIT $1`, values
}

// position is where a page begins.
type position struct {
	StartsAt timestamp.Time
	Price    money.Cents
}

// behind returns what the ticket of req.After costs, and when its event begins; for the first page the earliest that is wanted.
// Errors: pgx.ErrNoRows.
func (t *Tickets) behind(ctx context.Context, req ListTicketsRequest) (p position, err error) {
	p.StartsAt = timestamp.Of(time.Now())
	if req.From.After(p.StartsAt.Time) {
		p.StartsAt = req.From
	}
	if req.After == 0 || req.Sort != Date && req.Sort != Price {
		return p, nil
	}
	return postgres.One(ctx, t.db, pgx.RowToStructByPos[position], `SELECT coalesce(starts_at, now()), price FROM tickets WHERE id = $1`, req.After)
}

// SweepTickets notes what has begun, a thousand at a time, so that no list has to pass it over; and sweeps the outbox.
func (t *Tickets) SweepTickets(ctx context.Context) error {
	for {
		tag, err := t.db.Exec(ctx, `UPDATE tickets SET over = true WHERE id IN (
			SELECT id FROM tickets WHERE `+onShow+` AND starts_at IS NOT NULL AND starts_at <= now() ORDER BY starts_at, id LIMIT 1000 FOR UPDATE SKIP LOCKED)`)
		if err != nil {
			return err
		}
		if tag.RowsAffected() < 1000 {
			return t.db.SweepOutbox(ctx)
		}
	}
}
