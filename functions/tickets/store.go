package tickets

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
)

type store struct{ db *postgres.DB }

const columns = `id, title, price, user_id, order_id, version, created_at, updated_at`

func scan(row pgx.CollectableRow) (t Ticket, err error) {
	err = row.Scan(&t.ID, &t.Title, &t.Price, &t.UserID, &t.OrderID, &t.Version, &t.CreatedAt, &t.UpdatedAt)
	return t, err
}

func (s store) insert(ctx context.Context, userID int32, o Offer) (t Ticket, seq int64, err error) {
	seq, err = s.db.Change(ctx, func(tx postgres.Tx) (event.Draft, error) {
		t, err = postgres.One(ctx, tx, scan, `
			INSERT INTO tickets (title, price, user_id) VALUES ($1, $2, $3) RETURNING `+columns,
			string(o.Title), o.price, userID)
		if err != nil {
			return event.Draft{}, err
		}
		return event.Of(ctx, event.TicketCreated, t.Ticket)
	})
	return t, seq, err
}

func (s store) get(ctx context.Context, id int32) (Ticket, error) {
	t, err := postgres.One(ctx, s.db, scan, `SELECT `+columns+` FROM tickets WHERE id = $1`, id)
	return t, found(err)
}

// update stores what change makes of a ticket, as its next version.
func (s store) update(ctx context.Context, id int32, change func(*Ticket) error) (t Ticket, seq int64, err error) {
	seq, err = s.db.Change(ctx, func(tx postgres.Tx) (event.Draft, error) {
		t, err = postgres.One(ctx, tx, scan, `SELECT `+columns+` FROM tickets WHERE id = $1 FOR UPDATE`, id)
		if err != nil {
			return event.Draft{}, found(err)
		}
		if err := change(&t); err != nil {
			return event.Draft{}, err
		}
		return save(ctx, tx, &t)
	})
	return t, seq, err
}

func save(ctx context.Context, tx postgres.Tx, t *Ticket) (_ event.Draft, err error) {
	*t, err = postgres.One(ctx, tx, scan, `
		UPDATE tickets SET title = $2, price = $3, order_id = $4, version = version + 1, updated_at = now()
		WHERE id = $1 RETURNING `+columns, t.ID, t.Title, t.Price, t.OrderID)
	if err != nil {
		return event.Draft{}, err
	}
	return event.Of(ctx, event.TicketUpdated, t.Ticket)
}

// hold keeps the newest version of an order, and gives its ticket to the order that now holds it, or to none.
func (s store) hold(ctx context.Context, o event.Order) error {
	_, err := s.db.Change(ctx, func(tx postgres.Tx) (event.Draft, error) {
		// The ticket's lock comes first: the orders of one ticket are noted one after another.
		t, err := postgres.One(ctx, tx, scan, `SELECT `+columns+` FROM tickets WHERE id = $1 FOR UPDATE`, o.TicketID)
		if errors.Is(err, pgx.ErrNoRows) {
			return event.Draft{}, function.Reject(fmt.Errorf("order %d holds ticket %d, which does not exist", o.ID, o.TicketID))
		}
		if err != nil {
			return event.Draft{}, err
		}
		if _, err := tx.Exec(ctx, `
			INSERT INTO holds (order_id, ticket_id, version, live) VALUES ($1, $2, $3, $4)
			ON CONFLICT (order_id) DO UPDATE SET version = excluded.version, live = excluded.live
			WHERE holds.version < excluded.version`,
			o.ID, o.TicketID, o.Version, o.Status != event.OrderIsCancelled); err != nil {
			return event.Draft{}, err
		}
		holder, err := postgres.One(ctx, tx, pgx.RowTo[*int32], `SELECT max(order_id) FROM holds WHERE ticket_id = $1 AND live`, t.ID)
		if err != nil || same(holder, t.OrderID) {
			return event.Draft{}, err
		}
		t.OrderID = holder
		return save(ctx, tx, &t)
	})
	return err
}

func same(a, b *int32) bool { return a == b || a != nil && b != nil && *a == *b }

func (s store) list(ctx context.Context, r ListTicketsRequest) ([]Ticket, error) {
	patterns := make([]string, len(r.Words))
	for i, w := range r.Words {
		patterns[i] = "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(w) + "%"
	}
	return postgres.All(ctx, s.db, scan, `SELECT `+columns+` FROM tickets
		WHERE ($1 = 0 OR id < $1) AND ($2 = 0 OR user_id = $2) AND (NOT $3 OR order_id IS NULL)
		  AND (cardinality($4::text[]) = 0 OR title ILIKE ALL ($4::text[]))
		ORDER BY id DESC LIMIT $5`, r.After, r.UserID, r.Available, patterns, r.Limit+1)
}

func found(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrNotFound
	}
	return err
}
