package migrate_test

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gittix/ticketing/adapters/migrate"
	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgserver"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var quiet = slog.New(slog.DiscardHandler)

// server has nothing on it but an administrator, who is no superuser: Aurora has none to give.
type server struct {
	*pgserver.Server
	values config.Values
}

func newServer(t *testing.T) server {
	t.Helper()
	s := server{Server: pgtest.Server(t)}
	for _, statement := range []string{`CREATE ROLE master LOGIN CREATEROLE CREATEDB PASSWORD 'm'`, `GRANT ALL ON DATABASE postgres TO master`} {
		if code := s.try(t, s.URL("postgres"), statement); code != "" {
			t.Fatal(statement, code)
		}
	}
	var databases, outboxes []string
	publishers := systemtest.Publishers(t)
	for _, def := range functions.Services() {
		name := def.Name
		if !def.Uses("DATABASE_URL") {
			continue
		}
		databases = append(databases, name+"="+s.url(t, name, name+"-secret", name))
		if slices.Contains(publishers, name) {
			outboxes = append(outboxes, name+"="+s.url(t, "dispatcher", "dispatcher-secret", name))
		}
	}
	s.values = config.Values{
		"MIGRATE_ADMIN_URL": s.url(t, "master", "m", "postgres"),
		"MIGRATE_DATABASES": strings.Join(databases, " "), "DISPATCH_OUTBOXES": strings.Join(outboxes, "\n"),
	}
	return s
}

func (s server) url(t *testing.T, role, password, database string) string {
	t.Helper()
	u, err := url.Parse(s.URL(database))
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(role, password)
	return u.String()
}

// try executes a statement, and returns PostgreSQL's code of why it refuses, or "".
func (s server) try(t *testing.T, url, statement string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err == nil {
		_, err = conn.Exec(t.Context(), statement)
		if closed := conn.Close(t.Context()); closed != nil {
			t.Error(closed)
		}
	}
	var pg *pgconn.PgError
	if err != nil && !errors.As(err, &pg) {
		t.Errorf("%s: %v", statement, err)
	}
	if pg != nil {
		return pg.Code
	}
	return ""
}

func (s server) migrate(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := run(ctx, s.values, quiet); err != nil {
		t.Fatal(err)
	}
}

func run(ctx context.Context, values config.Values, log *slog.Logger) error {
	_, err := migrate.Run(ctx, values, log)
	return err
}
