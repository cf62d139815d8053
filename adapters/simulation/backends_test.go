package simulation

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/embedded/redistest"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// backends are what all histories of a test use, one after another.
type backends struct {
	databases map[string]*database // by service
	redisURL  string
	contents  []function.Service
}

// database is one service's. Its clock is the history's: now() and clock_timestamp() are found in public before PostgreSQL's own.
type database struct {
	*pgx.Conn
	url   string
	empty string    // the statements that make it so
	at    time.Time // that its clock shows
}

const clockSQL = `
	CREATE SEQUENCE clock; -- its last value is the time, in microseconds
	CREATE FUNCTION now() RETURNS timestamptz STABLE LANGUAGE sql AS $$ SELECT 'epoch'::timestamptz + last_value * interval '1 microsecond' FROM public.clock $$;
	CREATE FUNCTION clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql AS $$ SELECT 'epoch'::timestamptz + last_value * interval '1 microsecond' FROM public.clock $$`

func openBackends(t *testing.T) *backends {
	t.Helper()
	b := &backends{databases: map[string]*database{}, redisURL: redistest.Server(t).URL()}
	var err error
	if b.contents, err = contentsOf(); err != nil {
		t.Fatal(err)
	}
	for _, def := range functions.Services() {
		if def.Name == "tickets" || def.Name == "orders" || def.Name == "payments" {
			b.databases[def.Name] = openDatabase(t, def)
		}
	}
	return b
}

func openDatabase(t *testing.T, def functions.Service) *database {
	t.Helper()
	url := pgtest.Database(t)
	separator := "?"
	if strings.Contains(url, "?") {
		separator = "&"
	}
	db := &database{url: url + separator + "search_path=public,pg_catalog"}
	var err error
	if db.Conn, err = pgx.Connect(t.Context(), db.url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close(context.Background()) })
	if _, err = db.Exec(t.Context(), clockSQL); err != nil {
		t.Fatal(err)
	}
	s, err := function.Open(def.New, config.Examples(def.Settings).With(functiontest.EventKeys()).With(config.Values{"DATABASE_URL": db.url}))
	if err != nil {
		t.Fatal(err)
	}
	err = s.Start(t.Context())
	s.Stop()
	if err != nil {
		t.Fatal(err)
	}
	// Without their triggers, tables are emptied in any order; and DELETE is many times quicker than TRUNCATE where there is little in them.
	if err := db.QueryRow(t.Context(), `SELECT 'SET session_replication_role = replica; '
		|| (SELECT string_agg(format('DELETE FROM %I; ', tablename), '') FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '%\_migrations' AND tablename <> 'installation')
		|| (SELECT string_agg(format('SELECT setval(%L, 1, false); ', sequencename), '') FROM pg_sequences WHERE schemaname = 'public')`).Scan(&db.empty); err != nil {
		t.Fatal(err)
	}
	return db
}

// urlOf is where a process finds its database. A lock that another task holds fails a statement soon, instead of stopping the
// scheduler.
func (b *backends) urlOf(service string) string {
	if db := b.databases[service]; db != nil {
		return db.url + "&lock_timeout=20&pool_max_conns=3"
	}
	return "postgres://none?"
}

func (b *backends) redisOptions() *redis.Options {
	o, err := redis.ParseURL(b.redisURL)
	if err != nil {
		panic(err) // it is ours
	}
	return o
}

// reset makes the databases those of a system that has just been set up.
func (w *world) reset(t *testing.T) {
	t.Helper()
	for service, db := range w.databases {
		if _, err := db.Exec(context.Background(), db.empty); err != nil {
			t.Fatal(err)
		}
		db.at = time.Time{}
		w.setClock(service)
	}
	if _, err := w.databases["payments"].Exec(context.Background(), `INSERT INTO stripe_events (asked_until) VALUES (now())`); err != nil {
		t.Fatal(err)
	}
}

// setClock gives the database of a service the history's time, and its skew.
func (w *world) setClock(service string) {
	db, at := w.databases[service], time.Now().Add(w.skews[service])
	if db == nil || at.Equal(db.at) {
		return
	}
	if _, err := db.Exec(context.Background(), `SELECT setval('clock', $1)`, at.UnixMicro()); err != nil {
		w.t.Fatal(err)
	}
	db.at = at
}

// awaitGone returns when the server has noticed that a process's connections are closed, and has undone what they had not
// committed.
func (db *database) awaitGone(t *testing.T, process string) {
	t.Helper()
	for left := 1; left > 0; {
		if err := db.QueryRow(context.Background(), `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1`,
			process).Scan(&left); err != nil {
			t.Fatal(err)
		}
	}
}
