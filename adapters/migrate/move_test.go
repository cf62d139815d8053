package migrate_test

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/embedded/program"
)

// TestMove: the data of one system is loaded into another that is new, by the commands that adapters/lambda/README.md gives. Each table that has
// a trigger has a row: a dump of data alone is loaded with an empty search_path, and triggers run meanwhile.
func TestMove(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../lambda/README.md")
	if err != nil {
		t.Fatal(err)
	}
	dump := regexp.MustCompile("For each of ([a-z, ]+): `pg_dump (.+) <stack>_<service>`").FindStringSubmatch(string(readme))
	empty := regexp.MustCompile("`(TRUNCATE [a-z_, ]+)`").FindStringSubmatch(string(readme))
	if dump == nil || empty == nil {
		t.Fatal("the README gives no commands")
	}
	small, large := newServer(t), newServer(t)
	small.migrate(t)
	large.migrate(t)
	for database, statement := range map[string]string{
		"tickets": `INSERT INTO tickets (title, price, user_id, starts_at, time_zone) VALUES ('Cup final', 100, 1, now(), 'Europe/Rome')`,
		"orders": `INSERT INTO orders (ticket_id, user_id, status, expires_at, ticket_title, ticket_price, ticket_version, ticket_created_at, ticket_updated_at)
			VALUES (1, 1, 'created', now(), 'Cup final', 100, 0, now(), now())`,
	} {
		if code := small.try(t, small.url(t, database, database+"-secret", database), statement); code != "" {
			t.Fatal(database, code)
		}
	}
	if code := large.try(t, large.url(t, "payments", "payments-secret", "payments"), empty[1]); code != "" {
		t.Fatal(empty[1], code)
	}
	for _, service := range systemtest.DatabaseOwners() {
		if !strings.Contains(dump[1], service) {
			t.Errorf("the README does not name %s", service)
		}
		data := execute(t, nil, "pg_dump", append(strings.Fields(strings.ReplaceAll(dump[2], "'", "")), small.url(t, service, service+"-secret", service))...)
		to := large.url(t, service, service+"-secret", service)
		execute(t, data, "psql", "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", to)
		if code := large.try(t, to, `DO $$ DECLARE
				name regclass;
				found boolean;
			BEGIN
				FOR name IN SELECT tgrelid FROM pg_trigger WHERE NOT tgisinternal LOOP
					EXECUTE format('SELECT EXISTS (SELECT FROM %s)', name) INTO found;
					ASSERT found, name;
				END LOOP;
			END $$`); code != "" {
			t.Errorf("%s: a table that has a trigger has no row: %s", service, code)
		}
	}
}

// execute runs a program of PostgreSQL, and returns what it writes.
func execute(t *testing.T, in []byte, name string, args ...string) []byte {
	t.Helper()
	found := program.Search{Name: name, Env: "POSTGRES_BIN", Also: []string{"/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql@*/bin"}}.All()
	if len(found) == 0 {
		t.Fatalf("%s is not installed", name)
	}
	var out, problems bytes.Buffer
	cmd := exec.CommandContext(t.Context(), found[0], args...) //nolint:gosec // an installed program
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &problems
	if err := cmd.Run(); err != nil {
		t.Errorf("%s: %v\n%s", name, err, problems.Bytes())
	}
	return out.Bytes()
}
