package chaos

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/program"
)

// TestRestore: the databases are dumped one after the other while clients trade, who go on; then everything but Stripe is lost, and what was
// dumped is restored as the operators' page says. What was there before the backups is there, money that was taken since then for what is lost has gone
// back, no id comes twice, and every invariant holds.
func TestRestore(t *testing.T) {
	t.Parallel()
	programs := systemtest.Build(t)
	s := restored{systemtest.StartProcesses(t, programs, systemtest.NATSStreaming, config.Values{
		"EXPIRATION_ORDER_MINUTES": "0.1", "EXPIRATION_PAYMENT_GRACE": "1s", "LOG_LEVEL": "ERROR+1",
	}), programs, t.TempDir()}
	s.Timeout = 2 * time.Minute
	buyer := s.User(t)
	bought := s.Purchase(t, buyer, func() {})
	clients := s.StartClients(t, 6, systemtest.Trade)
	pause(t, 2*time.Second)
	s.databases(t, "dump")
	pause(t, 2*time.Second)
	clients.Stop()
	last := s.newest(t)

	for _, p := range s.Services {
		if err := p.Kill(); err != nil {
			t.Fatal(err)
		}
	}
	s.Bus.Stop()
	if err := redisOf(t, s.Backends).FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	s.databases(t, "restore")
	if err := errors.Join(s.Bus.Wipe(), s.Bus.Start()); err != nil {
		t.Fatal(err)
	}
	for _, p := range s.Services {
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
	}
	s.AwaitServices(t)
	s.operate(t, "restore", "begin")
	text, err := os.ReadFile(filepath.Join(s.backups, "since"))
	if err != nil {
		t.Fatal(err)
	}
	since := strings.TrimSpace(string(text))
	s.operate(t, "restore", "announce", "--since", since)
	s.Eventually(t, "announced", s.announced)
	would := s.operate(t, "restore", "end", "--since", since)
	if did := s.operate(t, "restore", "end", "--since", since, "--yes"); !strings.Contains(would, "went back") && !strings.Contains(did, "lost") {
		t.Errorf("nothing was lost, which shows nothing:\n%s", did)
	}
	s.operate(t, "deadletters", "replay")

	clients = s.StartClients(t, 6, systemtest.Trade)
	pause(t, 2*time.Second)
	clients.Stop()
	s.AwaitRest(t)
	s.Eventually(t, "what clients see", clients.Check)
	if got := s.AwaitOrder(t, buyer, bought.ID, systemtest.Complete); got.RefundedAt != nil {
		t.Errorf("bought before the backup, and now %+v", got)
	}
	var twice int
	if err := s.Database("orders").QueryRow(t.Context(), `SELECT count(*) FROM orders WHERE created_at > $1 AND id <= $2`, last.at, last.order).Scan(&twice); err != nil || twice > 0 {
		t.Errorf("%d orders have ids that were given out before, %v", twice, err)
	}
}

// restored is a system, its programs, and the folder of its backups.
type restored struct {
	*systemtest.Processes
	programs, backups string
}

// databases runs the operators' script.
func (s restored) databases(t *testing.T, mode string) {
	t.Helper()
	url := strings.Replace(s.DatabaseURL("orders"), "postgres_orders", "postgres_{service}", 1)
	out, err := exec.CommandContext(t.Context(), "../../k8s/scripts/databases", mode, s.backups, url).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if files, err := filepath.Glob(filepath.Join(s.backups, "*.sql.gz")); err != nil || len(files) != len(systemtest.DatabaseOwners()) {
		t.Fatalf("%v, %v; want one of each of %v", files, err, systemtest.DatabaseOwners())
	}
}

// operate gives a command to every service that has a database, as kubectl exec would, and returns what they say.
func (s restored) operate(t *testing.T, command ...string) (said string) {
	t.Helper()
	for _, service := range systemtest.DatabaseOwners() {
		if service == "auth" && command[0] == "deadletters" || service == "auth" && command[1] == "end" {
			continue
		}
		cmd := exec.CommandContext(t.Context(), filepath.Join(s.programs, service), command...) //nolint:gosec // our own program
		cmd.Env = program.Environment()
		for name, value := range s.Settings(service) {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v\n%s", service, command, err, out)
		}
		said += string(out)
	}
	t.Logf("%v\n%s", command, said)
	return said
}

// announced returns nil once every event was sent, and every copy of what exists has been confirmed.
func (s restored) announced(ctx context.Context) error {
	var errs []error
	for _, service := range systemtest.DatabaseOwners() {
		errs = append(errs, empty(ctx, s, service, `SELECT FROM outbox WHERE sent_at IS NULL`))
	}
	for _, copies := range []struct{ service, table, id, owner, original string }{
		{"tickets", "holds", "order_id", "orders", "orders"}, {"orders", "tickets", "id", "tickets", "tickets"}, {"payments", "orders", "id", "orders", "orders"},
		{"notifications", "accounts", "user_id", "auth", "users"}, {"notifications", "orders", "id", "orders", "orders"}, {"notifications", "tickets", "id", "tickets", "tickets"},
	} {
		rows, err := s.Database(copies.service).Query(ctx, `SELECT `+copies.id+` FROM `+copies.table+` WHERE version = -1`)
		if err != nil {
			return err
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[int32])
		errs = append(errs, err, empty(ctx, s, copies.owner, `SELECT FROM `+copies.original+` WHERE id = ANY($1)`, ids))
	}
	return errors.Join(errs...)
}

func empty(ctx context.Context, s restored, service, sql string, args ...any) error {
	var n int
	err := s.Database(service).QueryRow(ctx, `SELECT count(*) FROM (`+sql+`) found`, args...).Scan(&n)
	if err == nil && n > 0 {
		err = fmt.Errorf("%s: %d of %s", service, n, sql)
	}
	return err
}

// moment is what the last order was, and when.
type moment struct {
	order int32
	at    time.Time
}

func (s restored) newest(t *testing.T) (m moment) {
	t.Helper()
	if err := s.Database("orders").QueryRow(t.Context(), `SELECT max(id), now() FROM orders`).Scan(&m.order, &m.at); err != nil {
		t.Fatal(err)
	}
	return m
}
