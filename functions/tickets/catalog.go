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
	Upcoming bool           `json:"-" query:"upcoming" example:"true"`                 // true: only those on sale whose event has not begun; so it is with each of the following, too
	Category event.Category `json:"-" query:"category" example:"sports"`               // only of this category
	Sort     Order          `json:"-" query:"sort" example:"date"`                     // newest; date, for those that have one; or price, the lowest first
	From     day            `json:"-" query:"from" format:"date" example:"2030-06-01"` // with sort=date: that begin on this day or later, by the clock of their time zone
	To       day            `json:"-" query:"to" format:"date" example:"2030-06-30"`   // with sort=date: that begin on this day or before, by the clock of their time zone
}

// day is a day of the calendar, such as 2030-06-01, or "" for any.
type day string

// begins is the earliest moment that the day has on any clock: less than a day before UTC's.
func (d day) begins() timestamp.Time { return d.plus(-1) }

// ends is later than the day on any clock.
func (d day) ends() timestamp.Time { return d.plus(2) }

func (d day) plus(days int) timestamp.Time {
	at, _ := time.Parse(time.DateOnly, string(d)) // it is valid
	return timestamp.Of(at.AddDate(0, 0, days))
}

// asked reports whether the request is for the catalog.
func (c Catalog) asked() bool { return c.Upcoming || c.Category != "" || c.Sort != "" }

// read reads the query. Errors: apierror.ErrInvalidQuery.
func (c *Catalog) read(query url.Values) error {
	c.Category, c.Sort = event.Category(query.Get("category")), Order(query.Get("sort"))
	ok := (c.Category == "" || slices.Contains(event.Categories(), c.Category)) && slices.Contains([]Order{"", Newest, Date, Price}, c.Sort)
	for name, to := range map[string]*day{"from": &c.From, "to": &c.To} {
		if text := query.Get(name); text != "" {
			at, err := time.Parse(time.DateOnly, text)
			ok, *to = ok && err == nil && at.Year() >= 1 && c.Sort == Date, day(text) // PostgreSQL has no year 0
		}
	}
	if !ok {
		return apierror.ErrInvalidQuery
	}
	return nil
}

const (
	onShow = "NOT sold AND NOT withdrawn AND NOT over"
	toCome = "(starts_at IS NULL OR starts_at > @now::timestamptz)" // over is noted later than that
)

// show returns a page of the catalog, and one more if there is one.
//
// As in newest, each shape is a statement that leaves no choice but one index, and is planned once. Only where a category or days are asked for, it is planned for
// these: what is best for one with a million tickets is not for one with ten. Errors: apierror.ErrInvalidQuery, of a page behind a ticket that does not exist.
func (t *Tickets) show(ctx context.Context, req ListTicketsRequest) ([]Ticket, error) {
	wanted, err := t.wanted(ctx, req)
	if err != nil {
		return nil, err
	}
	values := []any{wanted.with(pgx.StrictNamedArgs{"limit": req.Limit + 1})}
	if req.Category != "" || req.From != "" || req.To != "" {
		values = append([]any{pgx.QueryExecModeCacheDescribe}, values...)
	}
	return postgres.All(ctx, t.db, scan, wanted.page(), values...)
}

// page is the statement for @limit tickets.
func (f filter) page() string {
	return fmt.Sprintf(`SELECT %s FROM (SELECT %s FROM tickets WHERE %s ORDER BY %s LIMIT 1001) page LIMIT @limit`, columns, listed, f, f.order)
}

const noteOver = `UPDATE tickets SET over = true WHERE id IN (
	SELECT id FROM tickets WHERE ` + onShow + ` AND starts_at IS NOT NULL AND starts_at <= $1 ORDER BY starts_at, id LIMIT 1000 FOR UPDATE SKIP LOCKED)`

// SweepTickets notes what has begun, a thousand at a time, so that no list has to pass it over; and sweeps the outbox.
func (t *Tickets) SweepTickets(ctx context.Context) error {
	for {
		tag, err := t.db.Exec(ctx, noteOver, t.now())
		if err != nil {
			return err
		}
		if tag.RowsAffected() < 1000 {
			return t.db.SweepOutbox(ctx)
		}
	}
}
