package chaos

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/stripeserver"
)

// fault is something that breaks.
type fault struct {
	name  string
	quiet bool // no request may fail
	where ways
	begin func(f *field) (end func() error, err error) // end is called once, even after a failure of the test
}

// part is what breaks. Two faults of one part do not happen at once.
func (f fault) part() string {
	first, _, _ := strings.Cut(f.name, " ")
	if first == "clock" {
		return "service" // which is started again
	}
	return strings.TrimSuffix(first, ":")
}

// nothing is the end of what ends by itself.
func nothing() error { return nil }

// faults are all that there are. Another needs a line here.
var faults = []fault{
	{"service killed", false, everywhere, func(f *field) (func() error, error) { p := f.one(); return p.Start, p.Kill() }},
	{"service hangs", false, everywhere, func(f *field) (func() error, error) { return hang(f.one().Signal) }},
	{"service put to sleep", true, sleeping, func(f *field) (func() error, error) {
		p := f.one()
		_ = p.Ready(f.t.Context(), 5*time.Second) // another fault may have started it this moment: it does not hear signals yet
		return p.Start, p.Stop()
	}},
	{"clock 30 s ahead", false, withClock, func(f *field) (func() error, error) { return f.setClock(30) }},
	{"clock 30 s behind", false, withClock, func(f *field) (func() error, error) { return f.setClock(-30) }},

	{"PostgreSQL fails over, and its name is late", false, everywhere, (*field).failOver},
	{"PostgreSQL stopped", false, everywhere, func(f *field) (func() error, error) {
		return func() error { return f.Postgres.Restart(f.t.Context()) }, f.Postgres.Stop(f.t.Context())
	}},
	{"PostgreSQL crashes", false, everywhere, func(f *field) (func() error, error) {
		pid, err := f.backend()
		if err != nil {
			return nil, err
		}
		return nothing, syscall.Kill(pid, syscall.SIGKILL) // then the server ends all others, and recovers
	}},
	{"PostgreSQL takes no writes", false, everywhere, func(f *field) (func() error, error) {
		return func() error { return f.alter("default_transaction_read_only = off") }, f.alter("default_transaction_read_only = on")
	}},
	{"PostgreSQL ends all connections", false, everywhere, (*field).terminate},
	{"PostgreSQL has no connection left", false, everywhere, (*field).occupy},
	{"PostgreSQL: the process of one connection hangs", false, everywhere, func(f *field) (func() error, error) {
		pid, err := f.backend()
		if err != nil {
			return nil, err
		}
		return hang(func(s syscall.Signal) error { return ignoreGone(syscall.Kill(pid, s)) })
	}},
	{"PostgreSQL cut off", false, everywhere, func(f *field) (func() error, error) { return both(f.toPostgres.cut, f.toPooler.cut) }},
	{"PostgreSQL slow", false, everywhere, func(f *field) (func() error, error) { return both(f.toPostgres.slow, f.toPooler.slow) }},
	{"PostgreSQL silent", false, everywhere, func(f *field) (func() error, error) { return both(f.toPostgres.silent, f.toPooler.silent) }},

	{"bus stopped", true, everywhere, func(f *field) (func() error, error) { f.Bus.Stop(); return f.Bus.Start, nil }},
	{"bus killed", true, everywhere, func(f *field) (func() error, error) { return f.Bus.Start, f.Bus.Signal(syscall.SIGKILL) }},
	{"bus hangs", true, everywhere, func(f *field) (func() error, error) { return hang(f.Bus.Signal) }},
	{"bus cut off", true, everywhere, func(f *field) (func() error, error) { return f.toBus.cut() }},
	{"bus slow", true, everywhere, func(f *field) (func() error, error) { return f.toBus.slow() }},
	{"bus silent", true, everywhere, func(f *field) (func() error, error) { return f.toBus.silent() }},
	{"bus has no disk left", true, everywhere, (*field).fillBus},

	{"Redis killed", true, everywhere, func(f *field) (func() error, error) {
		return func() error { return f.Redis.Restart(f.t.Context()) }, f.Redis.Signal(syscall.SIGKILL)
	}},
	{"Redis flushed", true, everywhere, func(f *field) (func() error, error) { return nothing, f.redis.FlushAll(f.t.Context()).Err() }},
	{"Redis hangs", true, everywhere, func(f *field) (func() error, error) { return hang(f.Redis.Signal) }},
	{"Redis out of memory", true, everywhere, func(f *field) (func() error, error) {
		limit := func(bytes string) error { return f.redis.ConfigSet(f.t.Context(), "maxmemory", bytes).Err() }
		return func() error { return limit("0") }, limit("1")
	}},
	{"Redis cut off", true, everywhere, func(f *field) (func() error, error) { return f.toRedis.cut() }},
	{"Redis slow", true, everywhere, func(f *field) (func() error, error) { return f.toRedis.slow() }},
	{"Redis silent", true, everywhere, func(f *field) (func() error, error) { return f.toRedis.silent() }},

	{"Stripe slow", false, everywhere, func(f *field) (func() error, error) { return f.failStripe(stripeserver.Fault{Delay: 3 * time.Second}) }},
	{"Stripe refuses the key", false, everywhere, func(f *field) (func() error, error) {
		return f.failStripe(stripeserver.Fault{Status: http.StatusUnauthorized})
	}},
	{"Stripe is busy", false, everywhere, func(f *field) (func() error, error) {
		return f.failStripe(stripeserver.Fault{Status: http.StatusTooManyRequests})
	}},
	{"Stripe fails", false, everywhere, func(f *field) (func() error, error) {
		return f.failStripe(stripeserver.Fault{Status: http.StatusInternalServerError})
	}},
	{"Stripe fails after the effect", false, everywhere, func(f *field) (func() error, error) {
		return f.failStripe(stripeserver.Fault{Status: http.StatusInternalServerError, Late: true})
	}},
}

// hang stops a process where it is until end.
func hang(signal func(syscall.Signal) error) (end func() error, err error) {
	return func() error { return signal(syscall.SIGCONT) }, signal(syscall.SIGSTOP)
}

func ignoreGone(err error) error {
	if err == syscall.ESRCH { //nolint:errorlint // of a system call
		return nil
	}
	return err
}

func both(one, other func() (func() error, error)) (end func() error, err error) {
	endOne, err := one()
	if err != nil {
		return nil, err
	}
	endOther, err := other()
	if err != nil {
		return nil, err
	}
	return func() error { return errors.Join(endOne(), endOther()) }, nil
}

// setClock starts a service again with a clock that is wrong by some seconds, until end.
func (f *field) setClock(seconds int) (end func() error, err error) {
	p := f.one()
	set := func(seconds int) error {
		if err := p.Stop(); err != nil {
			return err
		}
		p.Set(config.Values{clockOffset: strconv.Itoa(seconds)})
		return p.Start()
	}
	return func() error { return set(0) }, set(seconds)
}

// alter changes a setting of PostgreSQL.
func (f *field) alter(setting string) error {
	url := f.Postgres.URL("postgres")
	if err := run(f.t.Context(), url, `ALTER SYSTEM SET `+setting); err != nil {
		return err
	}
	return run(f.t.Context(), url, `SELECT pg_reload_conf()`)
}

// terminate ends every connection to PostgreSQL, four times a second, until end.
func (f *field) terminate() (end func() error, err error) {
	db, err := pgx.Connect(f.t.Context(), f.Postgres.URL("postgres"))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(f.t.Context())
	ended := make(chan error)
	go func() {
		for {
			_, err := db.Exec(context.WithoutCancel(ctx), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`)
			select {
			case <-ctx.Done():
				_ = db.Close(context.WithoutCancel(ctx)) // all is done
				ended <- err
				return
			case <-time.After(250 * time.Millisecond):
			}
		}
	}()
	return func() error { cancel(); return <-ended }, nil
}

// occupy takes all connections that PostgreSQL has left, until end.
func (f *field) occupy() (end func() error, err error) {
	var taken []*pgx.Conn
	one := func() (*pgx.Conn, error) { return pgx.Connect(f.t.Context(), f.Postgres.URL("postgres")) }
	for db, none := one(); none == nil; db, none = one() {
		taken = append(taken, db)
	}
	return func() error {
		for _, db := range taken {
			_ = db.Close(context.Background()) // the server may have ended it
		}
		return nil
	}, nil
}

// fillBus lets no file of the broker grow anymore, as on a full disk, until end, when there is room and it is started again: after it
// could not write, JetStream takes nothing, and NATS Streaming ends.
func (f *field) fillBus() (end func() error, err error) {
	if out, err := exec.CommandContext(f.t.Context(), "prlimit", "--pid", strconv.Itoa(f.Bus.Pid()), "--fsize=4096").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("prlimit: %w: %s", err, out)
	}
	return func() error { return errors.Join(ignoreGone(f.Bus.Signal(syscall.SIGKILL)), f.Bus.Start()) }, nil
}

// failStripe makes all calls to Stripe fail, until end.
func (f *field) failStripe(how stripeserver.Fault) (end func() error, err error) {
	f.Stripe.Fail(how)
	return func() error { f.Stripe.Fail(stripeserver.Fault{}); return nil }, nil
}
