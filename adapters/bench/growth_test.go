package bench

import (
	"bufio"
	"fmt"
	"net"
	"net/http"

	"github.com/gittix/ticketing/adapters/httpload"
)

// growing is something that grows, and loads that are measured at each size.
type growing struct {
	of    string
	sizes []int
	grow  func(l *lab, from, to int) error // nil: the load does
	loads []growingLoad
}

type growingLoad struct {
	name    string
	unit    string
	measure func(l *lab, size int) (Figure, error)
}

// growths are all, up to what is asked for.
func growths(s sizes) []growing {
	upTo := func(most int) (all []int) {
		for n := min(1000, max(most/10, 1)); n <= most; n *= 10 {
			all = append(all, n)
		}
		return all
	}
	get := func(name, path string) growingLoad {
		return growingLoad{name, msCPU, func(l *lab, _ int) (Figure, error) { return l.get("tickets", path, "", http.StatusOK) }}
	}
	stored := growingLoad{"room that all databases take", "MB", func(l *lab, _ int) (Figure, error) { return l.stored() }}
	return []growing{
		{"tickets", upTo(s.scale), (*lab).moreTickets, []growingLoad{
			get("list of 20", "/api/tickets?limit=20"), get("a page in the middle", "/api/tickets?limit=20&after=500"), get("one ticket", "/api/tickets/1"),
			get("search for a rare word", "/api/tickets?q=unicorn&limit=20"), get("the free ones, which are all old", "/api/tickets?available=true&limit=20"), stored,
		}},
		{"sent events", upTo(s.scale), (*lab).moreEvents, []growingLoad{{"create ticket, all it causes", msCPU, func(l *lab, _ int) (Figure, error) { return l.createTickets() }}, stored}},
		{"old orders", upTo(s.scale), func(l *lab, from, to int) error { return l.oldOrders(to - from) }, []growingLoad{
			{"create order, all it causes", msCPU, func(l *lab, _ int) (Figure, error) { return l.createOrders() }},
			{"orders of one user", msCPU, func(l *lab, _ int) (Figure, error) {
				return l.get("orders", "/api/orders?limit=20", l.sellers[0], http.StatusOK)
			}},
			stored,
		}},
		{"buyers of one ticket", upTo(s.scale / 10), nil, []growingLoad{{"one of them", msCPU, func(l *lab, n int) (Figure, error) {
			l.buyers = n
			return l.rush()
		}}}},
		{"open connections", upTo(min(s.scale, 1000)), nil, []growingLoad{{"list of 20", msCPU, (*lab).amongIdle}}},
		{"scheduled holds", upTo(s.scale), func(l *lab, from, to int) error { _, err := l.schedule(to - from); return err }, []growingLoad{
			{"expiry, 200 at once", "", func(l *lab, _ int) (Figure, error) { return l.expiry() }},
		}},
	}
}

// moreTickets stores tickets that are taken, and a few with a rare word among the first.
func (l *lab) moreTickets(from, to int) error {
	return l.first(func() error {
		return l.exec("tickets", `INSERT INTO tickets (title, price, user_id, order_id)
			SELECT CASE WHEN i <= 5 THEN 'A unicorn' ELSE 'Cup final ' || left(md5(i::text), 8) END, 4250, 500000 + i % 1000, CASE WHEN i > 30 THEN 100000000 + i END FROM generate_series($1 + 1, $2) i`, from, to)
	}, l.tidy)
}

func (l *lab) moreEvents(from, to int) error {
	return l.first(func() error {
		return l.exec("tickets", fmt.Sprintf(`INSERT INTO outbox (type, subject, data, traceparent, event_id, signature, created_at, sent_at)
			SELECT 'tickets.created', 'ticket/1', '%s', '', gen_random_uuid()::text, 'none', now() - interval '1 day', now() - interval '1 day' FROM generate_series($1 + 1, $2)`, payload), from, to)
	}, l.tidy)
}

// amongIdle measures a list while so many connections are open, most of which ask for nothing.
func (l *lab) amongIdle(n int) (Figure, error) {
	text := httpload.Request("GET", "/api/tickets/1", "", "")
	for range n - l.clients {
		conn, err := net.Dial("tcp", l.address("tickets"))
		if err != nil {
			return Figure{}, err
		}
		defer conn.Close()
		if _, err := conn.Write(text); err != nil { // one that has asked for nothing yet is closed soon
			return Figure{}, err
		}
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			return Figure{}, err
		}
		answer.Body.Close() // it is short, and read
	}
	return l.get("tickets", "/api/tickets?limit=20", "", http.StatusOK)
}

// stored is how much room the databases take on the disk.
func (l *lab) stored() (f Figure, err error) {
	for _, service := range []string{"tickets", "orders", "payments"} {
		bytes, err := one[float64](l, service, `SELECT pg_database_size(current_database())::float8`)
		if err != nil {
			return f, err
		}
		f.Value += bytes / 1e6
	}
	return f, nil
}

// grow measures all loads of what grows.
func (l *lab) grow(g growing) []Growth {
	all := make([]Growth, len(g.loads))
	for i, load := range g.loads {
		all[i] = Growth{Name: load.name, Of: g.of, Unit: load.unit, Sizes: g.sizes}
	}
	from := 0
	for _, to := range g.sizes {
		if g.grow != nil {
			if err := g.grow(l, from, to); err != nil {
				l.Fatalf("%s: %v", g.of, err)
			}
		}
		from = to
		for i, load := range g.loads {
			if all[i].Err != nil {
				continue
			}
			f, err := load.measure(l, to)
			if all[i].Err = err; err != nil {
				l.Errorf("%s with %d %s: %v", load.name, to, g.of, err)
				continue
			}
			all[i].Points = append(all[i].Points, f)
			l.progress(fmt.Sprintf("%s, %s %s", load.name, number(float64(to)), g.of), f.Text(load.unit))
		}
	}
	return all
}
