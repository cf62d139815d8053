package tickets

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/postgres"
)

// filter is what tickets must be, all of it: conditions in SQL, and the values that they name, such as @below. Each combination
// is a statement of its own, planned for the values: a plan that fits all values would be a bad one for most.
type filter struct {
	conditions []string
	values     pgx.StrictNamedArgs
	order      string // of a list
}

// and adds a condition, and the values that it names beside those of f.
func (f filter) and(condition string, values pgx.StrictNamedArgs) filter {
	f.conditions = append(slices.Clone(f.conditions), condition)
	f.values = f.with(values)
	return f
}

// with returns the values of f and others.
func (f filter) with(others pgx.StrictNamedArgs) pgx.StrictNamedArgs {
	all := pgx.StrictNamedArgs{}
	maps.Copy(all, f.values)
	maps.Copy(all, others)
	return all
}

// String is the condition.
func (f filter) String() string { return strings.Join(f.conditions, " AND ") }

// first returns the first tickets, at most limit, from an index that has them in this order.
func (f filter) first(ctx context.Context, q postgres.Querier, limit int) ([]Ticket, error) {
	return planned(ctx, q, scan, f.values, `SELECT %s FROM tickets WHERE %s ORDER BY %s LIMIT %d`, listed, f, f.order, limit)
}

// among returns the same from the tickets that have a word in the title, which the index of titles finds.
func (f filter) among(ctx context.Context, q postgres.Querier, word string, limit int) ([]Ticket, error) {
	return planned(ctx, q, scan, f.with(pgx.StrictNamedArgs{"word": pattern(word)}), `
		WITH found AS MATERIALIZED (SELECT * FROM tickets WHERE search LIKE @word)
		SELECT %s FROM found WHERE %s ORDER BY %s LIMIT %d`, listed, f, f.order, limit)
}

// planned runs a query, of a format and its parts, by a plan for these values.
func planned[T any](ctx context.Context, q postgres.Querier, scan pgx.RowToFunc[T], values pgx.StrictNamedArgs, format string, parts ...any) ([]T, error) {
	return postgres.All(ctx, q, scan, fmt.Sprintf(format, parts...), pgx.QueryExecModeCacheDescribe, values)
}
