package systemtest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/postgres"
)

// same says where two queries do not find the same lines.
func same(ctx context.Context, what string, original postgres.Querier, sql string, other postgres.Querier, otherSQL string) error {
	want, err := texts(ctx, original, sql)
	if err != nil {
		return err
	}
	got, err := texts(ctx, other, otherSQL)
	if err != nil {
		return err
	}
	missing, foreign := without(want, got), without(got, want)
	if len(missing)+len(foreign) == 0 {
		return nil
	}
	return fmt.Errorf("%s: %d missing, such as %q; %d of no original, such as %q", what,
		len(missing), missing[:min(len(missing), 3)], len(foreign), foreign[:min(len(foreign), 3)])
}

// without returns the lines of a that are not in b.
func without(a, b []string) []string {
	known := make(map[string]bool, len(b))
	for _, line := range b {
		known[line] = true
	}
	return slices.DeleteFunc(slices.Clone(a), func(line string) bool { return known[line] })
}

// moneyIsRight: a complete order was charged its price, once, and what others have not sent back is kept; of any other order no money is.
func (a Audit) moneyIsRight(ctx context.Context) error {
	rows, err := a.Orders.Query(ctx, `SELECT id, CASE status WHEN 'complete' THEN ticket_price ELSE 0 END FROM orders`)
	if err != nil {
		return err
	}
	kept := a.Ledger().Kept()
	var errs []error
	var id int32
	var want int64
	if _, err = pgx.ForEachRow(rows, []any{&id, &want}, func() error {
		if want > 0 {
			want -= a.Elsewhere[id]
		}
		if kept[id] != want {
			errs = append(errs, fmt.Errorf("order %d: %d cents kept, not %d", id, kept[id], want))
		}
		delete(kept, id)
		return nil
	}); err != nil {
		return err
	}
	for id, cents := range kept {
		if cents != 0 {
			errs = append(errs, fmt.Errorf("order %d: %d cents kept, and it does not exist", id, cents))
		}
	}
	return errors.Join(errs[:min(len(errs), 5)]...)
}
