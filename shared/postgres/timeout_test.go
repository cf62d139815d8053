package postgres

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/embedded/pgtest"
)

// A statement takes ten seconds at most, unless the URL says otherwise; a migration takes as long as it needs.
func TestStatementTimeout(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	db := closed(t, url, schema("CREATE TABLE things AS SELECT current_setting('statement_timeout') AS migrating;"))
	must(t, db.Migrate(t.Context()))
	for of, sql := range map[string]string{"0": `SELECT migrating FROM things`, "10s": `SELECT current_setting('statement_timeout')`} {
		if got, err := One(t.Context(), db, pgx.RowTo[string], sql); err != nil || got != of {
			t.Errorf("%s: %s, %v; want %s", sql, got, err, of)
		}
	}
	own := closed(t, url+"&statement_timeout=50")
	if got, err := One(t.Context(), own, pgx.RowTo[string], `SELECT current_setting('statement_timeout')`); err != nil || got != "50ms" {
		t.Errorf("of the URL: %s, %v", got, err)
	}
	if _, err := own.Exec(t.Context(), `SELECT pg_sleep(60)`); !unavailable(err) {
		t.Errorf("a statement that takes too long: %v", err)
	}
}
