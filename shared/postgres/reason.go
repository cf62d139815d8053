package postgres

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
)

// Reason says in a line why a database cannot be used: what the server answered, or why there was no answer. Unlike the error
// it repeats no part of the URL.
func Reason(err error) string {
	if server := (*pgconn.PgError)(nil); errors.As(err, &server) {
		return server.Message
	}
	for {
		var inner error
		switch wrapper := err.(type) { //nolint:errorlint // the innermost error is wanted
		case interface{ Unwrap() error }:
			inner = wrapper.Unwrap()
		case interface{ Unwrap() []error }: // one for each address that was tried
			inner = wrapper.Unwrap()[0]
		}
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}
