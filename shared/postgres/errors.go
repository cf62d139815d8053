package postgres

import (
	"context"
	"errors"
	"io"
	"net"

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

// classify makes an apierror.Unavailable of every error that says "the database is unavailable or overloaded".
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
	case errors.As(err, &server):
		switch server.Code[:2] {
		case "08", "40", "53", "55", "57", "58": // connection, conflict, resources, lock, operator, system
			return apierror.Unavailable(err)
		}
		return err
	case errors.As(err, &connect), errors.As(err, &network), pgconn.SafeToRetry(err), pgconn.Timeout(err),
		errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return apierror.Unavailable(err)
	}
	return err
}
