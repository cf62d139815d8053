package migrate_test

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gittix/ticketing/adapters/migrate"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgserver"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var quiet = slog.New(slog.DiscardHandler)

// town is a server with nothing on it but an administrator, who is no superuser: Aurora has none to give.
type town struct {
	server *pgserver.Server
	values config.Values
	t      *testing.T
}

func newTown(t *testing.T) town {
	t.Helper()
	server := pgtest.Server(t)
	tw := town{server: server, t: t}
	conn := tw.connect(server.URL("postgres"))
	for _, statement := range []string{
		`CREATE ROLE master LOGIN CREATEROLE CREATEDB PASSWORD 'm'`, `GRANT ALL ON DATABASE postgres TO master`,
	} {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	var databases, outboxes []string
	for _, s := range []string{"auth", "tickets", "orders", "payments"} {
		databases = append(databases, s+"="+tw.url(s, s+"-secret", s))
		if s != "auth" {
			outboxes = append(outboxes, s+"="+tw.url("dispatcher", "dispatcher-secret", s))
		}
	}
	tw.values = config.Values{
		"MIGRATE_ADMIN_URL": tw.url("master", "m", "postgres"),
		"MIGRATE_DATABASES": strings.Join(databases, " "), "DISPATCH_OUTBOXES": strings.Join(outboxes, "\n"),
	}
	return tw
}

func (tw town) url(role, password, database string) string {
	u, err := url.Parse(tw.server.URL(database))
	if err != nil {
		tw.t.Fatal(err)
	}
	u.User = url.UserPassword(role, password)
	return u.String()
}

func (tw town) connect(url string) *pgx.Conn {
	tw.t.Helper()
	conn, err := pgx.Connect(tw.t.Context(), url)
	if err != nil {
		tw.t.Fatal(err)
	}
	tw.t.Cleanup(func() {
		if err := conn.Close(context.Background()); err != nil {
			tw.t.Error(err)
		}
	})
	return conn
}

// refusal returns PostgreSQL's code of what a role got when it tried, or "".
func (tw town) refusal(url, statement string) string {
	tw.t.Helper()
	conn, err := pgx.Connect(tw.t.Context(), url)
	if err == nil {
		_, err = conn.Exec(tw.t.Context(), statement)
		if closed := conn.Close(tw.t.Context()); closed != nil {
			tw.t.Error(closed)
		}
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	if err != nil {
		tw.t.Errorf("%s: %v", statement, err)
	}
	return ""
}

func (tw town) migrate() {
	tw.t.Helper()
	ctx, cancel := context.WithTimeout(tw.t.Context(), time.Minute)
	defer cancel()
	if err := migrate.Run(ctx, tw.values, quiet); err != nil {
		tw.t.Fatal(err)
	}
}
