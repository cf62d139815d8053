package postgres_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/money"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/timestamp"
)

// TestOwnTypes: amounts, times and ids are read, there or not, whichever way a connection transmits them.
func TestOwnTypes(t *testing.T) {
	t.Parallel()
	type values struct {
		Price         money.Cents
		At, Never     timestamp.Time
		Held, NotHeld *timestamp.Time
		ID, NoID      *int32
	}
	db, err := postgres.Open(pgtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	at := timestamp.Of(time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC))
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol} {
		got, err := postgres.One(t.Context(), db, pgx.RowToStructByPos[values], `SELECT 1250::bigint, $1::timestamptz, NULL::timestamptz, $1::timestamptz, NULL::timestamptz, 7, NULL::integer`, mode, at)
		if err != nil {
			t.Errorf("%v: %v", mode, err)
			continue
		}
		if got.Price != 1250 || got.At != at || !got.Never.IsZero() || got.Held == nil || *got.Held != at || got.NotHeld != nil || got.ID == nil || *got.ID != 7 || got.NoID != nil {
			t.Errorf("%v: %+v", mode, got)
		}
	}
	if _, err := postgres.One(t.Context(), db, pgx.RowTo[money.Cents], `SELECT NULL::bigint`); err == nil {
		t.Error("no amount was taken for one")
	}
}
