package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Window is a table that counts what is done with a key, in windows of time that begin with the first: its columns Key, count and Ends.
type Window struct{ Table, Key, Ends string }

// Take counts one more, and returns when its window ends. If limit were counted in the window, it counts none, and returns how
// long the rest of the window is.
func (w Window) Take(ctx context.Context, q Querier, key any, limit int, length time.Duration) (ends time.Time, rest time.Duration, err error) {
	ends, err = One(ctx, q, pgx.RowTo[time.Time], fmt.Sprintf(`
		INSERT INTO %[1]s AS w (%[2]s, count, %[3]s) VALUES ($1, 1, clock_timestamp() + make_interval(secs => $2))
		ON CONFLICT (%[2]s) DO UPDATE SET
			count = CASE WHEN w.%[3]s <= clock_timestamp() THEN 1 ELSE w.count + 1 END,
			%[3]s = CASE WHEN w.%[3]s <= clock_timestamp() THEN excluded.%[3]s ELSE w.%[3]s END
		WHERE w.%[3]s <= clock_timestamp() OR w.count < $3
		RETURNING %[3]s`, w.Table, w.Key, w.Ends), key, length.Seconds(), limit)
	if !errors.Is(err, pgx.ErrNoRows) {
		return ends, 0, err
	}
	seconds, err := One(ctx, q, pgx.RowTo[float64], fmt.Sprintf(`
		SELECT coalesce(max(extract(epoch FROM %[3]s - clock_timestamp())), 0)::float8 FROM %[1]s WHERE %[2]s = $1`, w.Table, w.Key, w.Ends), key)
	return ends, max(time.Duration(seconds*float64(time.Second)), time.Second), err
}
