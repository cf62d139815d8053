package postgres

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gittix/ticketing/shared/apierror"
)

// NoRows returns instead where err is pgx.ErrNoRows, and any other err as it is.
func NoRows(err, instead error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return instead
	}
	return err
}

// classify makes an apierror.Unavailable of every error that says "the database is unavailable, overloaded or takes no
// writes". Whoever is refused a connection is refused for now, whatever the reason: the change is not at fault.
func classify(err error) error {
	var (
		known   *apierror.Error
		server  *pgconn.PgError
		connect *pgconn.ConnectError
		network net.Error
	)
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.As(err, &connect):
		return apierror.Unavailable(err)
	case errors.As(err, &server):
		if passes(server.Code) || outdated(err) {
			return apierror.Unavailable(err)
		}
		return err
	case errors.As(err, &network), pgconn.SafeToRetry(err), pgconn.Timeout(err),
		errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return apierror.Unavailable(err)
	}
	return err
}

// passes reports whether an SQLSTATE is about the state of the server, which will pass.
func passes(code string) bool {
	switch code {
	case readOnly, "25P03", "25P04": // a transaction was idle or open for too long
		return true
	case "42P01", "42703", "42883", "42P10": // no such table, column, function, index: the schema is of another version, and an update under way
		return true
	}
	switch code[:2] {
	case "08", "40", "53", "55", "57", "58": // connection, conflict, resources, lock, operator, system
		return true
	}
	return false
}

func collided(err error) bool {
	var server *pgconn.PgError
	return errors.As(err, &server) && (server.Code == "40P01" || server.Code == "40001") // deadlock, serialization
}

func locked(err error) bool {
	var server *pgconn.PgError
	return errors.As(err, &server) && server.Code == "55P03" // lock_timeout
}

// outdated reports whether a statement that was prepared before a migration no longer fits. New connections prepare it again.
func outdated(err error) bool {
	var server *pgconn.PgError
	return errors.As(err, &server) && server.Code == "0A000" && server.Routine == "RevalidateCachedQuery"
}

// Mistaken reports whether the server refuses who asks, or the database that is asked for: waiting alone will not help.
func Mistaken(err error) bool {
	var server *pgconn.PgError
	return errors.As(err, &server) && (strings.HasPrefix(server.Code, "28") || server.Code == "3D000")
}
