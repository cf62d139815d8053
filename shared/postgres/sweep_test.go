package postgres

import (
	"testing"

	"github.com/gittix/ticketing/shared/embedded/pgtest"
)

// Deleting an event whose retention is over, and the vacuum after it. This is what partitions of the outbox by day would save.
func BenchmarkSweepOutbox(b *testing.B) {
	db, err := Open(pgtest.Database(b), Events())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(db.Close)
	if err := db.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	do := func(sql string, args ...any) {
		if _, err := db.Exec(b.Context(), sql, args...); err != nil {
			b.Fatal(err)
		}
	}
	do(`INSERT INTO outbox (type, subject, data, traceparent, sent_at)
		SELECT 'ticket:created', 'ticket/' || i, jsonb_build_object('id', i, 'title', repeat('t', 40)), '', now() - interval '15 days' FROM generate_series(1, $1) i`, b.N)
	do(`VACUUM ANALYZE outbox`)
	b.ResetTimer()
	if err := db.SweepOutbox(b.Context()); err != nil {
		b.Fatal(err)
	}
	do(`VACUUM outbox`)
}
