package postgres

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// readOnly is the SQLSTATE of a write that a server refuses because it is a standby, or was told to take none.
const readOnly = "25006"

// way is how a database is reached, as its connections show.
type way struct{ known, pooled atomic.Bool }

// newPool prepares a pool for a postgres:// URL. Its connections are those of a server that takes writes, and end when that
// server says that it takes none any more. A pooler in between, such as pgbouncer, is noticed. What the URL says itself
// (target_session_attrs, default_query_exec_mode, pool_max_conns) stands.
func newPool(url string, w *way) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(url, "pool_max_conns") {
		config.MaxConns = 10
	}
	var opened atomic.Pointer[pgxpool.Pool] // it connects before it is there
	c := config.ConnConfig
	c.RuntimeParams["timezone"] = "UTC"
	c.ConnectTimeout = 5 * time.Second
	c.Tracer = spans{}
	c.OnPgError = func(_ *pgconn.PgConn, e *pgconn.PgError) bool {
		if e.Code == readOnly || outdated(e) {
			if pool := opened.Load(); pool != nil {
				pool.Reset() // the other connections are no better
			}
		}
		return e.Code != readOnly && e.Severity != "FATAL"
	}
	if !strings.Contains(url, "target_session_attrs") {
		c.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	c.ValidateConnect = w.learn(c.ValidateConnect)
	if !strings.Contains(url, "default_query_exec_mode") {
		config.BeforeConnect = func(_ context.Context, c *pgx.ConnConfig) error {
			if !w.direct() { // a prepared statement stays at one server, where the next transaction may not be
				c.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
			}
			return nil
		}
	}
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		readOwnTypes(conn.TypeMap())
		return w.limitStatements(ctx, conn)
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	opened.Store(pool)
	return pool, err
}

// direct reports whether connections are known to be the server's own.
func (w *way) direct() bool { return w.known.Load() && !w.pooled.Load() }

// learn looks at new connections before next, if any, does: a pooler gives its clients process ids of its own.
func (w *way) learn(next pgconn.ValidateConnectFunc) pgconn.ValidateConnectFunc {
	return func(ctx context.Context, conn *pgconn.PgConn) error {
		answers, err := conn.Exec(ctx, `SELECT pg_backend_pid()`).ReadAll()
		if err != nil {
			return err
		}
		w.pooled.Store(string(answers[0].Rows[0][0]) != fmt.Sprint(conn.PID()))
		w.known.Store(true)
		if next == nil {
			return nil
		}
		return next(ctx, conn)
	}
}
