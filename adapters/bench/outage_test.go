package bench

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// catchUp measures how soon orders copies what happened while it was away.
func (l *lab) catchUp() (Figure, error) {
	orders := l.processes["orders"]
	if err := orders.Stop(); err != nil {
		return Figure{}, err
	}
	last, err := l.offered()
	if err == nil {
		err = l.sent("tickets")
	}
	if err != nil {
		return Figure{}, errors.Join(err, orders.Start())
	}
	if err := orders.Start(); err != nil {
		return Figure{}, err
	}
	rate, err := l.watch("orders", `SELECT count(*) FROM tickets WHERE id > $1`, last)
	return Figure{Value: rate, Note: fmt.Sprintf("of %d", l.events)}, err
}

// relay measures how soon what happened while the bus was away is on it.
func (l *lab) relay() (Figure, error) {
	l.Bus.Stop()
	last, err := l.offered()
	if err := errors.Join(err, l.Bus.Start()); err != nil {
		return Figure{}, err
	}
	rate, err := l.watch("tickets", `SELECT $1 - count(*) FROM outbox WHERE sent_at IS NULL`, l.events)
	if err == nil {
		err = l.copied(l.events, last)
	}
	return Figure{Value: rate, Note: fmt.Sprintf("of %d", l.events)}, err
}

// offered creates as many tickets as an outage has, and returns the id of the last one before.
func (l *lab) offered() (last int, err error) {
	if last, err = one[int](l, "tickets", `SELECT coalesce(max(id), 0) FROM tickets`); err != nil {
		return 0, err
	}
	o, err := l.offers(l.events).Run()
	if err == nil && o.Statuses[http.StatusCreated] != l.events {
		err = o.wrong()
	}
	return last, err
}

// watch returns how fast a number has grown to that of the events of an outage, in one second, from where it was first seen to grow.
func (l *lab) watch(service, sql string, arg any) (perSecond float64, err error) {
	giveUp := time.Now().Add(l.Timeout)
	var first, seen int
	var began time.Time
	for {
		n, err := one[int](l, service, sql, arg)
		now := time.Now()
		switch {
		case err != nil:
			return 0, err
		case now.After(giveUp):
			return 0, fmt.Errorf("%d of %d after %v", n, l.events, l.Timeout)
		case n > 0 && began.IsZero():
			began, first = now, n
		}
		if seen = n; seen >= l.events {
			if first == seen { // at once
				first, began = 0, began.Add(-pollEvery)
			}
			return float64(seen-first) / now.Sub(began).Seconds(), nil
		}
		time.Sleep(pollEvery)
	}
}

const pollEvery = 10 * time.Millisecond
