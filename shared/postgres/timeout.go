package postgres

import (
	"context"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// statementTimeout is below REQUEST_TIMEOUT's default, so that a statement does not outlive the request that wants it.
// A statement that takes longer fails as apierror.Unavailable. Migrations and replays are not bound by it.
const statementTimeout = 10 * time.Second

// limitStatements sets the time-out of a new connection, unless the URL has one of its own, or a pooler is in between:
// there the role's own settings apply (ALTER ROLE … SET statement_timeout).
func (w *way) limitStatements(ctx context.Context, conn *pgx.Conn) error {
	if _, own := conn.Config().RuntimeParams["statement_timeout"]; own || !w.direct() {
		return nil
	}
	_, err := conn.Exec(ctx, `SELECT set_config('statement_timeout', $1, false)`, strconv.FormatInt(statementTimeout.Milliseconds(), 10))
	return err
}
