package bench

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgserver"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
)

// lab is a running system, and how much is asked of it.
type lab struct {
	*testing.T
	*systemtest.System
	sizes
	programs  string                         // their folder
	scheduled int                            // holds that were stored in Redis
	old       int                            // orders that were stored as ended
	processes map[string]*systemtest.Process // by service: six, or six times the same one
	floors    []int                          // pids of what is measured in place of the system
	sellers   []string                       // their Cookie headers
	rushing   []string                       // those of as many as want one ticket
}

// sizes are how much is asked for.
type sizes struct {
	round   time.Duration
	rounds  int
	clients int // connections
	users   int
	buyers  int    // of one ticket
	scale   int    // what grows: rows of what is old, or scheduled
	events  int    // of an outage
	hold    string // minutes until an order of a few hundred expires
}

// way is how the services run.
type way struct {
	name     string
	single   bool          // all in one process
	bus      string        // of systemtest.Brokers
	server   config.Values // settings of PostgreSQL beyond its defaults
	settings config.Values // of the services
}

// open starts a system.
func open(t *testing.T, programs string, size sizes, w way) *lab {
	t.Helper()
	database := durable(t, w.server)
	front := systemtest.NewFront()
	backends := systemtest.NewBackendsOn(t, database, database.URL, systemtest.Brokers[w.bus], front.URL)
	l := &lab{T: t, sizes: size, programs: programs, processes: map[string]*systemtest.Process{}}
	adapt := func(_ string, own config.Values) config.Values {
		return own.With(config.Values{"GOMEMLIMIT": "85MiB", "SIGNUPS_PER_ADDRESS": "1000000"}).With(w.settings)
	}
	if w.single {
		l.System = systemtest.NewSystem(t, backends, front.URL)
		p := systemtest.NewProcess(t, programs, "ticketing", adapt("", backends.Settings("")).With(config.Values{
			"DATA_DIR": t.TempDir(), "DATABASE_URL": database.URL("postgres"), "HOST": "127.0.0.1",
		}))
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		if err := p.Ready(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
		for _, def := range functions.Services() {
			l.processes[def.Name] = p
		}
	} else {
		s := systemtest.StartProcessesOn(t, programs, backends, front, adapt)
		l.System = s.System
		for _, p := range s.Services {
			l.processes[p.Name] = p
		}
	}
	l.Timeout = 5 * time.Minute
	for range size.users {
		l.sellers = append(l.sellers, l.cookie(l.User(t)))
	}
	return l
}

// statements is the setting by which PostgreSQL counts what it is asked.
const statements = "shared_preload_libraries"

// durable starts PostgreSQL as users do, with a few settings of its own. What is not installed is not loaded.
func durable(t *testing.T, settings config.Values) *pgserver.Server {
	t.Helper()
	server := pgtest.Durable(t)
	conn, err := pgx.Connect(t.Context(), server.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context()) //nolint:errcheck // it is broken by the restart
	for name, value := range settings {
		var installed bool
		if err := conn.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = $1)`, value).Scan(&installed); err != nil {
			t.Fatal(err)
		}
		if name == statements && !installed {
			continue
		}
		if _, err := conn.Exec(t.Context(), fmt.Sprintf("ALTER SYSTEM SET %s = '%s'", name, value)); err != nil {
			t.Fatal(err)
		}
	}
	if len(settings) > 0 {
		if err := server.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return server
}

// address is that of a service.
func (l *lab) address(service string) string {
	return strings.TrimPrefix(l.processes[service].URL, "http://")
}

// processor is the time that all processes have used: those of the system and PostgreSQL, or those of a floor and PostgreSQL.
func (l *lab) processor() time.Duration {
	pids := append([]int{l.Postgres.Pid()}, l.floors...)
	if l.floors == nil {
		pids = append(pids, l.Redis.Pid(), l.Bus.Pid())
		for _, p := range l.processes {
			pids = append(pids, p.Pid())
		}
	}
	return Processor(pids...)
}

// cookie is a user's header.
func (l *lab) cookie(u *systemtest.User) string { return "Cookie: " + u.Cookie().String() + "\r\n" }

// one asks a service's database for one value.
func one[T any](l *lab, service, sql string, args ...any) (value T, err error) {
	err = l.Database(service).QueryRow(l.Context(), marker+sql, args...).Scan(&value)
	return value, err
}

// marker begins what this package asks of the databases, so that it is not counted.
const marker = "/* bench */ "

// await waits until a question to a service's database is answered with true.
func (l *lab) await(service, sql string, args ...any) error {
	ctx, cancel := context.WithTimeout(l.Context(), l.Timeout)
	defer cancel()
	for {
		done, err := one[bool](l, service, sql, args...)
		if err != nil || done {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %s: %w", service, sql, ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}
