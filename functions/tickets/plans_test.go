package tickets

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session/revocation"
	"github.com/gittix/ticketing/shared/timestamp"
)

// How statements are planned, with more tickets than a page or a window has.
func TestPlans(t *testing.T) {
	t.Parallel()
	db, conn := market(t)
	t.Run("catalog", func(t *testing.T) { catalogPlans(t, conn) })
	t.Run("over", func(t *testing.T) { noteOverPlan(t, conn) })
	t.Run("search", func(t *testing.T) { searchPlans(t, db, conn) })
}

// Each shape of the catalog is read from the one index that has its tickets in the order of the page, whatever the values: nothing is sorted. Where a
// category or days are asked for, a plan is for these: the few tickets of a rare category, or of one day, may be sorted.
func catalogPlans(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	for index, all := range shapes() {
		for _, c := range all {
			for _, available := range []bool{false, true} {
				wanted := wantedOf(c, available)
				sql, values, err := wanted.with(pgx.StrictNamedArgs{"limit": 21}).RewriteQuery(t.Context(), conn, wanted.page(), nil)
				if err != nil {
					t.Fatal(err)
				}
				mode, with := "force_generic_plan", strings.TrimSuffix(strings.Repeat("NULL, ", len(values)), ", ")
				if c.Category != "" || c.From != "" {
					mode, with = "force_custom_plan", literals(values)
				}
				plan := planOf(t, conn, mode, sql, with)
				ordered := strings.Contains(plan, " using "+index+" ") && !strings.Contains(plan, "Sort")
				few := c.Category == event.Film && strings.Contains(plan, " catalog_category_") || c.From != "" && c.From == c.To && strings.Contains(plan, " on "+index+" ")
				if !ordered && !few {
					t.Errorf("%+v, available %v: not by %s:\n%s", c, available, index, plan)
				}
			}
		}
	}
}

// What has begun is found in the order of its days, though it is not known yet when the plan is made.
func noteOverPlan(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	plan := planOf(t, conn, "force_generic_plan", noteOver, "NULL")
	if !strings.Contains(plan, " using catalog_date ") || strings.Contains(plan, "Sort") {
		t.Error(plan)
	}
}

func planOf(t *testing.T, conn *pgx.Conn, mode, sql, values string) (plan string) {
	t.Helper()
	results, err := conn.PgConn().Exec(t.Context(), `SET plan_cache_mode = `+mode+`; DEALLOCATE ALL; PREPARE page AS `+sql+`; EXPLAIN EXECUTE page (`+values+`)`).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range results[3].Rows {
		plan += string(row[0]) + "\n"
	}
	return plan
}

// A search for a frequent word can read the catalog in its order, and so can what finds the end of its window: nothing has to be sorted. One for a rare
// word reads the index of titles.
func searchPlans(t *testing.T, db *postgres.DB, conn *pgx.Conn) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), `SET enable_sort = off`); err != nil { // as it is best with more tickets than a test can have
		t.Fatal(err)
	}
	q := &explaining{Querier: db, conn: conn}
	ordered := func(index string) func(string) bool {
		return func(plan string) bool {
			return strings.Contains(plan, " using "+index+" ") && !strings.Contains(plan, "Sort")
		}
	}
	for index, all := range shapes() {
		for _, c := range all {
			for _, available := range []bool{false, true} {
				wanted := wantedOf(c, available)
				few := c.Category == event.Film
				check := func(what string, ok func(string) bool, err error) {
					t.Helper()
					if err != nil {
						t.Fatal(err)
					}
					if !ok(q.plan) && !(few && strings.Contains(q.plan, " catalog_category_")) {
						t.Errorf("%s, %+v, available %v: not by %s:\n%s", what, c, available, index, q.plan)
					}
				}
				_, _, err := wanted.window(t.Context(), q, "opera")
				check("window", ordered(index), err)
				_, err = wanted.having([]string{"opera"}).first(t.Context(), q, 21)
				check("frequent", ordered(index), err)
				_, err = wanted.having([]string{"recital"}).among(t.Context(), q, "recital", 21)
				check("rare", func(plan string) bool { return strings.Contains(plan, " on tickets_search ") }, err)
			}
		}
	}
}

// shapes are catalogs, by the index that has their tickets in order.
func shapes() map[string][]Catalog {
	today, later := day(time.Now().Format(time.DateOnly)), day(time.Now().AddDate(0, 0, 20).Format(time.DateOnly))
	all := map[string][]Catalog{
		"catalog_newest": {{Upcoming: true}},
		"catalog_price":  {{Sort: Price}},
		"catalog_date":   {{Sort: Date}, {Sort: Date, From: today, To: today}, {Sort: Date, From: today, To: later}},
	}
	for _, category := range []event.Category{event.Concert, event.Film} {
		all["catalog_category_newest"] = append(all["catalog_category_newest"], Catalog{Category: category})
		all["catalog_category_price"] = append(all["catalog_category_price"], Catalog{Category: category, Sort: Price})
		all["catalog_category_date"] = append(all["catalog_category_date"], Catalog{Category: category, Sort: Date}, Catalog{Category: category, Sort: Date, From: today, To: later})
	}
	return all
}

func wantedOf(c Catalog, available bool) filter {
	now := timestamp.Of(time.Now())
	return ListTicketsRequest{Catalog: c, Available: available, Paging: function.Paging{Limit: 20, After: 5}}.filter(now, position{StartsAt: now, Price: 1, ID: 5})
}

// market is a database with tickets: half of them are sold, most are concerts, ten are films, and ten titles have a rare word.
func market(t *testing.T) (*postgres.DB, *pgx.Conn) {
	t.Helper()
	url := pgtest.Database(t)
	db, err := postgres.Open(url, postgres.Events(), revocation.Schema(), postgres.NewSchema("tickets", migrations))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	for _, sql := range []string{`ALTER TABLE tickets DISABLE TRIGGER USER`, `INSERT INTO tickets (title, search, price, user_id, category, starts_at, starts_on, sold)
		SELECT title, lower(title), 1000 + i * 7919 % 5000, 7, CASE WHEN i % 4000 = 1 THEN 'film' WHEN i % 3 > 0 THEN 'concert' ELSE '' END, at, (at AT TIME ZONE 'UTC')::date, i % 2 = 0
		FROM generate_series(1, 40000) i, LATERAL (SELECT CASE WHEN i % 4000 = 7 THEN 'Recital' ELSE 'Opera' END AS title, CASE WHEN i % 5 > 0 THEN now() + i * 7919 % 40000 * interval '1 minute' END AS at) drawn`,
		`VACUUM ANALYZE tickets`} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	return db, conn
}

// explaining remembers how the last query was planned, for its values.
type explaining struct {
	postgres.Querier
	conn *pgx.Conn
	plan string
}

func (e *explaining) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	rows, err := e.conn.Query(ctx, "EXPLAIN "+sql, args...)
	if err != nil {
		return nil, err
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	e.plan = strings.Join(lines, "\n")
	return e.Querier.Query(ctx, sql, args...)
}

func literals(values []any) string {
	var all []string
	for _, v := range values {
		if at, ok := v.(timestamp.Time); ok {
			v = at.Format(time.RFC3339)
		}
		all = append(all, fmt.Sprintf("'%v'", v))
	}
	return strings.Join(all, ", ")
}
