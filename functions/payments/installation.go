package payments

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/postgres"
)

// mark returns what this system's payments are marked with at Stripe. It is read once. Errors: apierror.Unavailable.
func (p *Payments) mark(ctx context.Context) (string, error) {
	if id := p.installation.Load(); id != nil {
		return *id, nil
	}
	id, err := postgres.One(ctx, p.db, pgx.RowTo[string], `SELECT id::text FROM installation`)
	if err == nil {
		p.installation.Store(&id)
	}
	return id, err
}
