package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/embedded/program"
)

var errNoPgbench = errors.New("pgbench is not installed")

// Floors of what one request stores: the statements that cannot be left out, by nothing but pgbench.
const (
	insertTicket = `INSERT INTO tickets (title, price, user_id) VALUES ('Cup final, north stand', 4250, :user) RETURNING id, created_at;`
	insertOrder  = `INSERT INTO orders (ticket_id, user_id, status, expires_at, ticket_title, ticket_price, ticket_version, ticket_created_at, ticket_updated_at) SELECT nextval('floor'), :user, 'created', now() + interval '15 minutes', 'Cup final, north stand', 4250, 0, now(), now() RETURNING id, created_at;`
	insertEvent  = `INSERT INTO outbox (type, subject, data, traceparent, event_id, signature) VALUES ('floor', 'ticket/1', :payload, '', gen_random_uuid()::text, 'signature') RETURNING seq;`
	payload      = `{"id":1,"title":"Cup final, north stand","price":42.5,"userId":1000001,"orderId":null,"status":"available","version":0,"createdAt":"2026-01-01T00:00:00.000Z","updatedAt":"2026-01-01T00:00:00.000Z"}`
	notify       = `SELECT pg_notify('floor', '');`
)

func transaction(statements ...string) string {
	return "BEGIN;\n" + strings.Join(statements, "\n") + "\nCOMMIT;\n"
}

// pgbench measures a script on a copy of a service's database, without its rows. The client's own processor time does not count.
func (l *lab) pgbench(service, script string) (Figure, error) {
	found := program.Search{Name: "pgbench", Env: "POSTGRES_BIN", Also: []string{"/usr/lib/postgresql/*/bin"}}.All()
	if len(found) == 0 {
		return Figure{}, errNoPgbench
	}
	database, err := l.emptyCopy(service, filepath.Dir(found[0]))
	if err != nil {
		return Figure{}, err
	}
	file := filepath.Join(l.TempDir(), "script.sql")
	if err := os.WriteFile(file, []byte("\\set user random(1, 100000)\n"+script), 0o600); err != nil {
		return Figure{}, err
	}
	l.floors = []int{}
	defer func() { l.floors = nil }()
	// A client's first transaction prepares the statements on a new connection, which is not what is asked here.
	begins, err := l.script(found[0], database, file, "-t", "1")
	if err != nil {
		return Figure{}, err
	}
	var rounds []Figure
	for range l.rounds {
		s, err := l.script(found[0], database, file, "-t", strconv.Itoa(max(100*int(l.round.Seconds()), 10)))
		if err != nil {
			return Figure{}, err
		}
		rounds = append(rounds, Figure{Value: ms(s.used-begins.used) / (s.count - begins.count), Rate: s.rate, Note: "mean " + number(s.mean) + " ms"})
	}
	return Median(rounds), nil
}

// scripted is what came of a run of pgbench.
type scripted struct {
	used              time.Duration
	count, rate, mean float64 // transactions, per second, ms
}

func (l *lab) script(pgbench, database, file string, length ...string) (s scripted, err error) {
	used := l.processor()
	args := append([]string{"-n", "-M", "prepared", "-c", strconv.Itoa(l.clients), "-j", "2", "-D", "payload=" + payload, "-f", file}, length...)
	said, err := run(l.Context(), pgbench, append(args, database)...)
	if err != nil {
		return s, err
	}
	s.used = l.processor() - used
	for pattern, value := range map[string]*float64{`actually processed: (\d+)`: &s.count, `tps = ([\d.]+)`: &s.rate, `latency average = ([\d.]+)`: &s.mean} {
		found := regexp.MustCompile(pattern).FindSubmatch(said)
		if found == nil {
			return s, fmt.Errorf("pgbench: %.300s", said)
		}
		if *value, err = strconv.ParseFloat(string(found[1]), 64); err != nil {
			return s, err
		}
	}
	return s, nil
}

func run(ctx context.Context, path string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, path, args...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s: %w: %.300s", filepath.Base(path), err, errs.Bytes())
	}
	return out, err
}

// emptyCopy makes a database that is as a service's, without rows. It exists once for each service.
func (l *lab) emptyCopy(service, bin string) (url string, err error) {
	name := "floor_" + service
	url = l.Postgres.URL(name)
	conn, err := pgx.Connect(l.Context(), l.Postgres.URL("postgres"))
	if err != nil {
		return "", err
	}
	defer conn.Close(l.Context()) //nolint:errcheck // it has served its purpose
	var there bool
	if err := conn.QueryRow(l.Context(), `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&there); err != nil || there {
		return url, err
	}
	schema, err := run(l.Context(), filepath.Join(bin, "pg_dump"), "--schema-only", l.DatabaseURL(service))
	if err == nil {
		err = l.Postgres.CreateDatabase(l.Context(), name)
	}
	if err != nil {
		return "", err
	}
	to, err := pgx.Connect(l.Context(), url)
	if err != nil {
		return "", err
	}
	defer to.Close(l.Context())                                                    //nolint:errcheck // it has served its purpose
	plain := regexp.MustCompile(`(?m)^\\.*$`).ReplaceAllString(string(schema), "") // without commands to psql
	_, err = to.PgConn().Exec(l.Context(), plain+"; CREATE SEQUENCE public.floor").ReadAll()
	return url, err
}
