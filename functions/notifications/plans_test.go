package notifications

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/postgres"
)

// TestPlans: whatever was sent, and however many users there are, what one attempt reads is found by an index.
func TestPlans(t *testing.T) {
	t.Parallel()
	n, _ := started(t, func(context.Context, delivery) error { return nil })
	for _, sql := range []string{
		`INSERT INTO accounts (user_id, email, confirmed, version) SELECT i, 'a', true, 1 FROM generate_series(10, 20000) i`,
		`INSERT INTO deliveries (channel, target, user_id, kind, key, data, consumer, event, state, due_at, until, created_at, ended_at)
			SELECT 'webhook', 'webhook/' || i % 100, i % 50 + 1, 'order.paid', i, '{}', 'note-order', '', CASE WHEN i % 10 = 0 THEN 'waiting' ELSE 'sent' END, now(), now(), now(), now()
			FROM generate_series(1, 20000) i`,
		`VACUUM ANALYZE`,
	} {
		if _, err := n.db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	for name, q := range map[string][]any{
		claimNext:     {webhookChannel, now, now, perUser},
		recipientByID: {5},
	} {
		plan, err := postgres.All(t.Context(), n.db, pgx.RowTo[string], `EXPLAIN `+name, append([]any{pgx.QueryExecModeSimpleProtocol}, q...)...)
		if all := strings.Join(plan, "\n"); err != nil || strings.Contains(all, "Seq Scan on deliveries") || strings.Contains(all, "Seq Scan on accounts") {
			t.Errorf("%v\n%s", err, all)
		}
	}
}
