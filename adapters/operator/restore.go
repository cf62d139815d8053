package operator

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/gittix/ticketing/shared/function"
)

var restorable = need{"data that a backup has", func(s function.Service) bool { return s.Restore != nil }}

// beginRestore is the first step after databases were restored.
func beginRestore(ctx context.Context, s function.Service, out io.Writer) error {
	if err := s.Restore.Begin(ctx); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "%-10s begins with new ids, and waits for what the others announce\n", s.Name)
	return err
}

// announce is the second.
func announce(since time.Time) func(context.Context, function.Service, io.Writer) error {
	return func(ctx context.Context, s function.Service, out io.Writer) error {
		if s.Restore.Announce == nil {
			return nil
		}
		n, err := s.Restore.Announce(ctx, since)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%-10s %d events will be sent again\n", s.Name, n)
		return err
	}
}

// endRestore is the last: what was lost is found, and, if it is to act, set right. Unless it is to act anyway, it waits for what the others announce:
// what has not arrived looks like what is lost.
func endRestore(since time.Time, act, anyway bool) func(context.Context, function.Service, io.Writer) error {
	return func(ctx context.Context, s function.Service, out io.Writer) error {
		if s.Restore.Arrived != nil && !anyway {
			if err := s.Restore.Arrived(ctx); err != nil {
				return fmt.Errorf("%w (--anyway, if all of them are lost)", err)
			}
		}
		if s.Restore.End == nil {
			return nil
		}
		lines, err := s.Restore.End(ctx, since, act)
		for _, line := range lines {
			if _, failed := fmt.Fprintf(out, "%-10s %s\n", s.Name, line); failed != nil {
				return failed
			}
		}
		if err != nil {
			return err
		}
		what := "were found; with --yes they are done"
		if act {
			what = "are done"
		}
		_, err = fmt.Fprintf(out, "%-10s %d %s\n", s.Name, len(lines), what)
		return err
	}
}
