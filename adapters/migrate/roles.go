package migrate

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/postgres"
)

// create creates the database's role and the database, if they are missing, and sets the password.
func (d database) create(ctx context.Context, admin *postgres.DB) error {
	if err := ensureRole(ctx, admin, d.owner); err != nil {
		return err
	}
	role, name := quote(d.owner.role), quote(d.owner.database)
	exists, err := postgres.One(ctx, admin, pgx.RowTo[bool], `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, d.owner.database)
	if err != nil {
		return err
	}
	if !exists {
		// A role gives databases only to a role that it belongs to, unless it is a superuser, as none is on Aurora.
		if err := execute(ctx, admin, `GRANT `+role+` TO CURRENT_USER`, `CREATE DATABASE `+name+` OWNER `+role); err != nil {
			return err
		}
	}
	return d.executeAsOwner(ctx,
		`REVOKE ALL ON DATABASE `+name+` FROM PUBLIC`, // or every role could enter
		`REVOKE ALL ON SCHEMA public FROM PUBLIC`)
}

// openOutbox lets the dispatcher relay: read the outbox, and set one column of it.
func (d database) openOutbox(ctx context.Context, admin *postgres.DB) error {
	if d.relay.url == "" {
		return nil
	}
	if err := ensureRole(ctx, admin, d.relay); err != nil {
		return err
	}
	role := quote(d.relay.role)
	return d.executeAsOwner(ctx,
		`GRANT CONNECT ON DATABASE `+quote(d.owner.database)+` TO `+role,
		`GRANT USAGE ON SCHEMA public TO `+role,
		`GRANT SELECT, UPDATE (sent_at) ON outbox TO `+role)
}

// ensureRole makes a role that may sign in, and nothing else.
func ensureRole(ctx context.Context, admin *postgres.DB, a account) error {
	verb, err := postgres.One(ctx, admin, pgx.RowTo[string],
		`SELECT CASE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = $1) THEN 'ALTER' ELSE 'CREATE' END`, a.role)
	if err != nil {
		return err
	}
	statement, err := a.define(verb)
	if err != nil {
		return err
	}
	return execute(ctx, admin, statement)
}

// define is the statement that makes or alters the role. PostgreSQL learns a verifier of the password and not the password, which it might
// write into its log. But hosts such as Neon take passwords only; those that are derived go over a connection that checks who answers.
func (a account) define(verb string) (string, error) {
	secret := a.password
	if !a.plain {
		var err error
		if secret, err = verifier(a.password); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf(`%s ROLE %s LOGIN NOCREATEDB NOCREATEROLE PASSWORD '%s'`, verb, quote(a.role), strings.ReplaceAll(secret, "'", "''")), nil
}

func (d database) executeAsOwner(ctx context.Context, statements ...string) error {
	db, err := postgres.Open(d.owner.url)
	if err != nil {
		return err
	}
	defer db.Close()
	return execute(ctx, db, statements...)
}

func execute(ctx context.Context, db *postgres.DB, statements ...string) error {
	for _, s := range statements {
		if _, err := db.Exec(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
