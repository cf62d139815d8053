package tickets

import (
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

// Each shape of the catalog is read from the one index that has its tickets in the order of the page, whatever the values: nothing is sorted. Where a
// category is asked for, from whichever is best for that one.
func TestCatalogPlans(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	db, err := postgres.Open(url, postgres.Events(), revocation.Schema(), postgres.NewSchema("tickets", migrations))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{`INSERT INTO tickets (title, price, user_id, category, starts_at, sold)
		SELECT 'Opera', 1000 + i % 5000, 7, (ARRAY['', 'concert', 'theater', 'sports', 'comedy', 'film', 'other', ''])[1 + i % 9 % 8],
			CASE WHEN i % 4 > 0 THEN now() + i * interval '1 minute' END, i % 2 = 0 FROM generate_series(1, 20000) i`, `VACUUM ANALYZE tickets`} {
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context()) //nolint:errcheck // the test ends
	today := day(time.Now().Format(time.DateOnly))
	for index, all := range map[string][]Catalog{
		"catalog_newest":          {{Upcoming: true}},
		"catalog_price":           {{Sort: Price}},
		"catalog_date":            {{Sort: Date}, {Sort: Date, From: today, To: today}},
		"catalog_category_newest": {{Category: event.Concert}},
		"catalog_category_price":  {{Category: event.Concert, Sort: Price}},
		"catalog_category_date":   {{Category: event.Concert, Sort: Date}, {Category: event.Concert, Sort: Date, From: today, To: today}},
	} {
		for _, c := range all {
			for _, available := range []bool{false, true} {
				wanted := ListTicketsRequest{Catalog: c, Available: available, Paging: function.Paging{Limit: 20, After: 5}}.filter(timestamp.Of(time.Now()), position{StartsAt: timestamp.Of(time.Now()), Price: 1})
				sql, values, err := wanted.with(pgx.StrictNamedArgs{"limit": 21}).RewriteQuery(t.Context(), conn, wanted.page(), nil)
				if err != nil {
					t.Fatal(err)
				}
				mode, with := "force_generic_plan", strings.TrimSuffix(strings.Repeat("NULL, ", len(values)), ", ")
				if c.Category != "" {
					mode, with = "force_custom_plan", literals(values)
				}
				results, err := conn.PgConn().Exec(t.Context(), `SET plan_cache_mode = `+mode+`; DEALLOCATE ALL; PREPARE page AS `+sql+`; EXPLAIN EXECUTE page (`+with+`)`).ReadAll()
				if err != nil {
					t.Fatal(err)
				}
				var plan string
				for _, row := range results[3].Rows {
					plan += string(row[0]) + "\n"
				}
				ordered := strings.Contains(plan, " using "+index+" ") && !strings.Contains(plan, "Sort")
				if !ordered && c.Category == "" || !strings.Contains(plan, " catalog_") || strings.Contains(plan, "Seq Scan") {
					t.Errorf("%+v, available %v: not by %s:\n%s", c, available, index, plan)
				}
			}
		}
	}
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
