package tickets

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/postgres"
)

// filter is a condition on tickets, in SQL. Each combination is a statement of its own, planned for the values: a plan that
// fits all values would be a bad one for most.
type filter struct {
	conditions []string
	args       []any
	order      string // newest first
}

// and adds a condition on one value, which it names $%d.
func (f filter) and(condition string, arg any) filter {
	args := append(slices.Clone(f.args), arg)
	return filter{append(slices.Clone(f.conditions), fmt.Sprintf(condition, len(args))), args, f.order}
}

// having adds that all words are in the title, which is looked up by no index.
func (f filter) having(words []string) filter {
	for _, word := range words {
		f = f.and("search || '' LIKE $%d", pattern(word))
	}
	return f
}

func (f filter) String() string { return strings.Join(f.conditions, " AND ") }

// newest returns at most limit tickets, newest first, from an index that has them in this order.
func (f filter) newest(ctx context.Context, q postgres.Querier, limit int) ([]Ticket, error) {
	return planned(ctx, q, scan, fmt.Sprintf(`SELECT %s FROM tickets WHERE %s ORDER BY %s LIMIT %d`, columns, f, f.order, limit), f.args)
}

// among returns the same from the tickets that have a word in the title, which the index of titles finds.
func (f filter) among(ctx context.Context, q postgres.Querier, word string, limit int) ([]Ticket, error) {
	args := append(slices.Clone(f.args), pattern(word))
	return planned(ctx, q, scan, fmt.Sprintf(`WITH found AS MATERIALIZED (SELECT * FROM tickets WHERE search LIKE $%d)
		SELECT %s FROM found WHERE %s ORDER BY %s LIMIT %d`, len(args), columns, f, f.order, limit), args)
}

// planned runs a query by a plan for these values.
func planned[T any](ctx context.Context, q postgres.Querier, scan pgx.RowToFunc[T], sql string, args []any) ([]T, error) {
	return postgres.All(ctx, q, scan, sql, append([]any{pgx.QueryExecModeCacheDescribe}, args...)...)
}
