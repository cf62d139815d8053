package bench

import (
	"errors"
	"net/http"
)

var errNotCounted = errors.New("pg_stat_statements is not installed")

func statementRow() row {
	return row{Row{Name: "create order: what PostgreSQL is asked", Unit: "statements", Reference: Figure{}}, (*lab).asked, nil}
}

// asked counts the statements and the writing transactions that an order causes, while there are many.
func (l *lab) asked() (Figure, error) {
	var there bool
	if err := l.Database("orders").QueryRow(l.Context(), `SELECT current_setting($1) <> ''`, statements).Scan(&there); err != nil || !there {
		return Figure{}, errors.Join(err, errNotCounted)
	}
	if err := l.exec("orders", `CREATE EXTENSION IF NOT EXISTS pg_stat_statements`); err != nil {
		return Figure{}, err
	}
	var counted, before float64
	var orders int
	count := func(into *float64) func() error {
		return func() (err error) {
			*into, err = one[float64](l, "orders", `SELECT pg_snapshot_xmax(pg_current_snapshot())::text::float8`)
			return err
		}
	}
	var after float64
	err := l.first(count(&before), func() error { return l.exec("orders", `SELECT pg_stat_statements_reset()`) }, func() error {
		first, n, err := l.offer(max(int(l.round.Seconds()*4000), 100))
		if err != nil {
			return err
		}
		last, err := one[int](l, "orders", `SELECT coalesce(max(id), 0) FROM orders`)
		if err != nil {
			return err
		}
		o, err := l.orders(first, n).Run()
		if err != nil {
			return err
		}
		orders = o.Statuses[http.StatusCreated]
		return l.ordersSettled(orders, last, first)
	}, count(&after), func() (err error) {
		counted, err = one[float64](l, "orders", `SELECT sum(calls)::float8 FROM pg_stat_statements WHERE query NOT LIKE $1 AND query !~* '^(begin|commit|rollback|set)\M'`, marker+"%")
		return err
	})
	if err != nil || orders == 0 {
		return Figure{}, errors.Join(err, errNoFigure)
	}
	return Figure{Value: counted / float64(orders), Note: number((after-before)/float64(orders)) + " writing transactions"}, nil
}
