package bench

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

var errNoTag = errors.New("the answer has no ETag")

// first does steps until one fails.
func (*lab) first(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// exec changes a service's database.
func (l *lab) exec(service, sql string, args ...any) error {
	_, err := l.Database(service).Exec(l.Context(), marker+sql, args...)
	return err
}

// offer stores free tickets that orders knows of, beside all events, and returns the id of the first and their number.
func (l *lab) offer(n int) (first, count int, err error) {
	err = l.Database("tickets").QueryRow(l.Context(), marker+`WITH new AS (
		INSERT INTO tickets (title, price, user_id) SELECT 'Cup final, north stand', 4250, 500000 + i % 1000 FROM generate_series(1, $1) i RETURNING id)
		SELECT min(id), count(*) FROM new`, n).Scan(&first, &count)
	if err != nil {
		return 0, 0, err
	}
	return first, count, l.exec("orders", `INSERT INTO tickets (id, title, price, user_id, version, created_at, updated_at)
		SELECT $1 + i, 'Cup final, north stand', 4250, 500000 + i % 1000, 0, now(), now() FROM generate_series(0, $2 - 1) i`, first, count)
}

// oldOrders stores orders that have ended long ago, with their holds and copies, of tickets that no other row names.
func (l *lab) oldOrders(n int) error {
	from := l.old
	l.old += n
	return l.first(
		func() error {
			return l.exec("orders", `INSERT INTO orders (user_id, status, expires_at, version, ticket_id, ticket_title, ticket_price, ticket_version, ticket_created_at, ticket_updated_at, created_at, updated_at)
				SELECT 600000 + i % 10000, CASE WHEN i % 3 = 0 THEN 'complete' ELSE 'cancelled' END, now() - interval '30 days', 1, 100000000 + i, 'Cup final, north stand', 4250, 0,
				now() - interval '40 days', now() - interval '40 days', now() - interval '31 days', now() - interval '30 days' FROM generate_series($1 + 1, $1 + $2) i`, from, n)
		},
		func() error {
			return l.exec("tickets", `INSERT INTO holds SELECT 100000000 + i, 100000000 + i, 1, i % 3 = 0 FROM generate_series($1 + 1, $1 + $2) i ON CONFLICT DO NOTHING`, from, n)
		},
		func() error {
			return l.exec("payments", `INSERT INTO orders (id, user_id, status, price, expires_at, version)
				SELECT 100000000 + i, 600000 + i % 10000, CASE WHEN i % 3 = 0 THEN 'complete' ELSE 'cancelled' END, 4250, now() - interval '30 days', 1 FROM generate_series($1 + 1, $1 + $2) i ON CONFLICT DO NOTHING`, from, n)
		},
		func() error { return l.tidy() })
}

// tidy leaves the databases as they are after a while: with statistics, and with nothing that waits to be written.
func (l *lab) tidy() error {
	for _, service := range []string{"tickets", "orders", "payments"} {
		if err := l.exec(service, `VACUUM ANALYZE`); err != nil {
			return err
		}
	}
	return l.exec("orders", `CHECKPOINT`)
}

// answer asks a service once, and returns the body and its ETag.
func (l *lab) answer(service, path, header string) (body, tag string, err error) {
	conn := http.Client{Timeout: time.Minute}
	r, err := http.NewRequestWithContext(l.Context(), http.MethodGet, "http://"+l.address(service)+path, http.NoBody)
	if err != nil {
		return "", "", err
	}
	if name, value, ok := strings.Cut(strings.TrimSuffix(header, "\r\n"), ": "); ok {
		r.Header.Set(name, value)
	}
	answer, err := conn.Do(r)
	if err != nil {
		return "", "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = errors.New(answer.Status)
	}
	return string(text), answer.Header.Get("ETag"), err
}
