package bench

import (
	"fmt"
	"net/http"
	"time"

	"github.com/gittix/ticketing/adapters/httpload"
)

// settle waits until all that n requests cause is done.
type settle func(n int) error

// requests measures rounds of a load, each until all that it causes is done. One round more, which comes first, does not count.
func (l *lab) requests(want int, load func(round int) (Load, settle)) (Figure, error) {
	var rounds []Figure
	for round := range l.rounds + 1 {
		send, settled := load(round)
		used, asked, began := l.processor(), Processor(l.Postgres.Pid()), time.Now()
		o, err := send.Run()
		if err == nil && settled != nil {
			err = settled(o.Count())
		}
		if err != nil {
			return Figure{}, err
		}
		if n := o.Statuses[want]; n == 0 || n < o.Count() {
			return Figure{}, fmt.Errorf("%w, want %d", o.wrong(), want)
		}
		took := time.Since(began)
		if round > 0 {
			n := float64(o.Count())
			rounds = append(rounds, Figure{
				Value: ms(l.processor()-used) / n, Database: ms(Processor(l.Postgres.Pid())-asked) / n, Rate: n / took.Seconds(), P50: ms(o.P50), P99: ms(o.P99),
			})
		}
	}
	return Median(rounds), nil
}

func (o Outcome) wrong() error { return fmt.Errorf("answers: %v %v", o.Statuses, o.Refusals) }

func always(text []byte) func(int) []byte { return func(int) []byte { return text } }

// get measures a request that changes nothing.
func (l *lab) get(service, path, header string, want int) (Figure, error) {
	return l.requests(want, func(int) (Load, settle) {
		return Load{Address: l.address(service), Connections: l.clients, For: l.round, Request: always(httpload.Request("GET", path, header, ""))}, nil
	})
}

// getEach measures requests of which those at the same time are for different things.
func (l *lab) getEach(service string, path func(i int) string) (Figure, error) {
	return l.requests(http.StatusOK, func(int) (Load, settle) {
		return Load{Address: l.address(service), Connections: l.clients, For: l.round, Request: func(i int) []byte { return httpload.Request("GET", path(i), "", "") }}, nil
	})
}

// unchanged measures a request of what the client has already.
func (l *lab) unchanged(service, path, header string) (Figure, error) {
	_, tag, err := l.answer(service, path, header)
	if err != nil {
		return Figure{}, err
	}
	if tag == "" {
		return Figure{}, errNoTag
	}
	return l.get(service, path, header+"If-None-Match: "+tag+"\r\n", http.StatusNotModified)
}

// createTickets measures offers, until orders has a copy of each.
func (l *lab) createTickets() (Figure, error) {
	return l.requests(http.StatusCreated, func(int) (Load, settle) {
		last, err := one[int](l, "tickets", `SELECT coalesce(max(id), 0) FROM tickets`)
		return l.offers(0), func(n int) error {
			if err != nil {
				return err
			}
			return l.copied(n, last)
		}
	})
}

// offers is a load of n offers; of as many as there is time for, if that is 0.
func (l *lab) offers(n int) Load {
	load := Load{Address: l.address("tickets"), Connections: l.clients, For: l.round, Request: func(i int) []byte {
		if n > 0 && i >= n {
			return nil
		}
		return httpload.Request("POST", "/api/tickets", l.sellers[i%len(l.sellers)], `{"title":"Cup final, north stand","price":"42.50"}`)
	}}
	if n > 0 {
		load.For = 0
	}
	return load
}

// copied waits until orders has copied n tickets, and all events are on the bus.
func (l *lab) copied(n, last int) error {
	return l.first(
		func() error { return l.await("orders", `SELECT count(*) >= $1 FROM tickets WHERE id > $2`, n, last) },
		func() error { return l.sent("tickets") })
}

// createOrders measures orders, until all services know them.
func (l *lab) createOrders() (Figure, error) {
	return l.requests(http.StatusCreated, func(int) (Load, settle) {
		first, count, failed := l.offer(max(int(l.round.Seconds()*4000), 100))
		last, err := one[int](l, "orders", `SELECT coalesce(max(id), 0) FROM orders`)
		if failed == nil {
			failed = err
		}
		return l.orders(first, count), func(n int) error {
			if failed != nil {
				return failed
			}
			return l.ordersSettled(n, last, first)
		}
	})
}

// orders is a load of one order for each ticket.
func (l *lab) orders(first, count int) Load {
	return Load{Address: l.address("orders"), Connections: l.clients, For: l.round, Request: func(i int) []byte {
		if i >= count {
			return nil
		}
		return httpload.Request("POST", "/api/orders", l.sellers[i%len(l.sellers)], fmt.Sprintf(`{"ticketId":%d}`, first+i))
	}}
}

func (l *lab) ordersSettled(n, lastOrder, firstTicket int) error {
	return l.first(
		func() error {
			return l.await("tickets", `SELECT count(*) >= $1 FROM holds WHERE order_id > $2`, n, lastOrder)
		},
		func() error {
			return l.await("payments", `SELECT count(*) >= $1 FROM orders WHERE id > $2`, n, lastOrder)
		},
		func() error {
			return l.await("orders", `SELECT count(*) >= $1 FROM tickets WHERE id >= $2 AND version > 0`, n, firstTicket)
		},
		func() error { return l.sent("orders") }, func() error { return l.sent("tickets") })
}

// sent waits until a service's events are on the bus.
func (l *lab) sent(service string) error {
	return l.await(service, `SELECT NOT EXISTS (SELECT FROM outbox WHERE sent_at IS NULL)`)
}

// rush measures many buyers of one ticket, each once.
func (l *lab) rush() (Figure, error) {
	for len(l.rushing) < l.buyers {
		l.rushing = append(l.rushing, l.cookie(l.User(l)))
	}
	var rounds []Figure
	for range l.rounds {
		ticket, _, err := l.offer(1)
		if err != nil {
			return Figure{}, err
		}
		body := fmt.Sprintf(`{"ticketId":%d}`, ticket)
		used := l.processor()
		o, err := Load{Address: l.address("orders"), Connections: l.clients, Request: func(i int) []byte {
			if i >= l.buyers {
				return nil
			}
			return httpload.Request("POST", "/api/orders", l.rushing[i], body)
		}}.Run()
		if err != nil {
			return Figure{}, err
		}
		if o.Statuses[http.StatusCreated] != 1 || o.Statuses[http.StatusBadRequest] != l.buyers-1 {
			return Figure{}, fmt.Errorf("%w, want one order", o.wrong())
		}
		rounds = append(rounds, Figure{Value: ms(l.processor()-used) / float64(l.buyers), Rate: float64(l.buyers) / o.Took.Seconds(), P50: ms(o.P50), P99: ms(o.P99)})
	}
	return Median(rounds), nil
}
