// Package revocation knows which sessions have ended before their time: signed out, or ended by their user or an operator.
//
// Auth announces the end of sessions; each service notes it in its own database, and each process keeps a copy in memory.
// A request costs no query: the copy is read again when it is older than half a second, by one query for all requests
// that wait for it. So a session is refused half a second after the event has arrived, in every replica, also in one that was
// restarted, was away or was frozen. While the database is unavailable, it is not known what has ended: requests that need a session get 503.
//
// An event that comes twice, late or before an earlier one changes nothing: generations only grow.
package revocation

import (
	"context"
	"embed"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the table of ended sessions.
func Schema() postgres.Schema { return postgres.NewSchema("sessions", migrations) }

// Note stores that sessions have ended, and deletes some of what has expired: so the table needs no sweep of its own.
func (l *List) Note(ctx context.Context, s event.SessionsEnded) error {
	_, err := l.db.Exec(ctx, `
		WITH expired AS (
			DELETE FROM ended_sessions WHERE subject IN (
				SELECT subject FROM ended_sessions WHERE expires_at < now() AND subject <> $1
				ORDER BY expires_at LIMIT 100 FOR UPDATE SKIP LOCKED))
		INSERT INTO ended_sessions AS known (subject, generation, expires_at) VALUES ($1, $2, $3)
		ON CONFLICT (subject) DO UPDATE SET generation = excluded.generation, noted_in = excluded.noted_in,
			expires_at = greatest(known.expires_at, excluded.expires_at)
		WHERE known.generation < excluded.generation`,
		s.Subject(), s.Generation, s.ExpiresAt)
	return err
}

// Consumer returns the consumer that notes what auth announces.
func (l *List) Consumer(name string) function.Consumer {
	return function.On(name, l.Note, event.AuthSessionsEnded)
}
