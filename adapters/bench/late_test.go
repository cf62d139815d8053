package bench

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/gittix/ticketing/shared/config"
)

// timed are settings of PostgreSQL that let it say when each row was committed, and what it was asked.
func timed() config.Values {
	return config.Values{"track_commit_timestamp": "on", statements: "pg_stat_statements"}
}

// timeRows are what happens after a request was answered, on one of the buses.
func timeRows(bus string) []row {
	return []row{
		{Row{Name: "event to copy at 500/s, " + bus, Goals: []Goal{LateAtMost(2, 10)}}, (*lab).eventToCopy, nil},
		{Row{Name: "catch-up after an outage of orders, " + bus, Unit: "copies/s", More: true, Reference: Figure{Value: 777}, Goals: []Goal{AtLeast(10_000)}}, (*lab).catchUp, nil},
		{Row{Name: "relay after an outage of the bus, " + bus, Unit: "events/s", More: true}, (*lab).relay, nil},
	}
}

// expiryRows are about orders that are not paid.
func expiryRows() []row {
	return []row{
		{Row{Name: "expiry late, 200 at once", Reference: Figure{P50: 3975, P99: 4946}, Goals: []Goal{LateAtMost(15, 50)}}, (*lab).expiry, nil},
		{Row{Name: "expiry late, 200 at once and 100,000 scheduled", Goals: []Goal{LateAtMost(15, 50)}}, func(l *lab) (Figure, error) {
			if _, err := l.schedule(l.scale / 10); err != nil {
				return Figure{}, err
			}
			return l.expiry()
		}, nil},
		{Row{Name: "Redis for 1,000,000 holds", Unit: "MB", Goals: []Goal{AtMost(200)}}, func(l *lab) (Figure, error) {
			bytes, err := l.schedule(l.scale)
			return Figure{Value: float64(bytes) / float64(l.scale)}, err
		}, nil},
	}
}

const committed = `pg_xact_commit_timestamp(xmin)`

// eventToCopy measures from the commit of a ticket to that of its copy, by PostgreSQL's clock, once connections and plans are no longer new.
func (l *lab) eventToCopy() (Figure, error) {
	if _, err := l.offersAt(500, l.round); err != nil {
		return Figure{}, err
	}
	last, err := l.offersAt(500, time.Duration(l.rounds)*l.round)
	if err != nil {
		return Figure{}, err
	}
	began, err := l.times("tickets", `SELECT id, `+committed+` FROM tickets WHERE id > $1`, last)
	if err != nil {
		return Figure{}, err
	}
	ended, err := l.times("orders", `SELECT id, `+committed+` FROM tickets WHERE id > $1`, last)
	if err != nil {
		return Figure{}, err
	}
	var late []time.Duration
	for id, at := range ended {
		late = append(late, at.Sub(began[id]))
	}
	return spread(late)
}

// offersAt sends offers at a rate for a time, until orders has a copy of each, and returns the last ticket that is older.
func (l *lab) offersAt(rate float64, during time.Duration) (last int, err error) {
	if last, err = one[int](l, "tickets", `SELECT coalesce(max(id), 0) FROM tickets`); err != nil {
		return 0, err
	}
	load := l.offers(0)
	load.Rate, load.For = rate, during
	o, err := load.Run()
	if err != nil {
		return 0, err
	}
	return last, l.copied(o.Count(), last)
}

func spread(late []time.Duration) (Figure, error) {
	if len(late) == 0 {
		return Figure{}, fmt.Errorf("nothing to measure")
	}
	slices.Sort(late)
	return Figure{P50: ms(late[len(late)/2]), P99: ms(late[len(late)*99/100]), Note: fmt.Sprintf("of %d", len(late))}, nil
}

// times are when something of each id happened.
func (l *lab) times(service, sql string, args ...any) (map[int]time.Time, error) {
	rows, err := l.Database(service).Query(l.Context(), marker+sql, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[int]time.Time{}
	for rows.Next() {
		var id int
		var at time.Time
		if err := rows.Scan(&id, &at); err != nil {
			return nil, err
		}
		all[id] = at
	}
	return all, rows.Err()
}

// expiry measures how late orders are cancelled that end at the same time, by PostgreSQL's clock.
func (l *lab) expiry() (Figure, error) {
	const hold = "EXPIRATION_ORDER_MINUTES" // long enough for all orders to be placed meanwhile
	orders := l.processes["orders"]
	before := orders.Settings
	orders.Settings = before.With(config.Values{hold: l.hold})
	defer func() { orders.Settings = before }()
	if err := l.restart("orders"); err != nil {
		return Figure{}, err
	}
	var late []time.Duration
	for range l.rounds {
		first, count, err := l.offer(min(l.buyers, 200))
		if err != nil {
			return Figure{}, err
		}
		last, err := one[int](l, "orders", `SELECT coalesce(max(id), 0) FROM orders`)
		if err != nil {
			return Figure{}, err
		}
		load := l.orders(first, count)
		load.For = 0
		o, err := load.Run()
		if err == nil && o.Statuses[http.StatusCreated] != count {
			err = o.wrong()
		}
		if err == nil {
			err = l.await("orders", `SELECT count(*) = $1 FROM orders WHERE id > $2 AND status = 'cancelled'`, count, last)
		}
		if err != nil {
			return Figure{}, err
		}
		due, err := l.times("orders", `SELECT id, expires_at FROM orders WHERE id > $1`, last)
		if err != nil {
			return Figure{}, err
		}
		ended, err := l.times("orders", `SELECT id, `+committed+` FROM orders WHERE id > $1`, last)
		if err != nil {
			return Figure{}, err
		}
		for id, at := range ended {
			late = append(late, at.Sub(due[id]))
		}
	}
	orders.Settings = before
	if err := l.restart("orders"); err != nil {
		return Figure{}, err
	}
	return spread(late)
}

// restart stops a service in good order and starts it with its settings.
func (l *lab) restart(service string) error {
	p := l.processes[service]
	return l.first(p.Stop, p.Start, func() error { return p.Ready(l.Context(), time.Minute) })
}
