package pgtest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gittix/ticketing/shared/embedded/program"
)

func TestMain(m *testing.M) { Main(m) }

func TestDatabasesAreEmptyAndApart(t *testing.T) {
	t.Parallel()
	for range 4 {
		t.Run("one of several that all make the same table, with a long name", func(t *testing.T) {
			t.Parallel()
			if err := execute(t.Context(), Database(t), "CREATE TABLE tickets (id int)"); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestDatabaseIsDroppedThoughInUse(t *testing.T) {
	t.Parallel()
	var gone string
	t.Run("user", func(t *testing.T) {
		gone = Database(t)
		if _, err := pgx.Connect(t.Context(), gone); err != nil { // and never closed
			t.Fatal(err)
		}
	})
	_, err := pgx.Connect(t.Context(), gone)
	var refused *pgconn.PgError
	if !errors.As(err, &refused) || refused.Code != "3D000" {
		t.Errorf("after the test: %v, want 3D000 (no such database)", err)
	}
}

func TestServerOfOnesOwnRestarts(t *testing.T) {
	t.Parallel()
	server := Server(t)
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := execute(t.Context(), server.URL("postgres"), "SELECT 1"); err != nil {
		t.Error(err)
	}
}

func TestGivenServerIsUsed(t *testing.T) {
	server := Server(t)
	given := strings.Replace(server.URL("postgres"), "sslmode=disable", "sslmode=disable&application_name=given", 1)
	t.Setenv("TEST_POSTGRES_URL", given)
	got := Database(t)
	prefix, _, _ := strings.Cut(given, "/postgres?")
	if !strings.HasPrefix(got, prefix+"/test_testgivenserverisused_") || !strings.HasSuffix(got, "application_name=given") {
		t.Error("the database is not on the given server, or the settings of its URL are lost")
	}
	if err := execute(t.Context(), got, "SELECT 1"); err != nil {
		t.Error(err)
	}
}

func TestMainIsNeeded(t *testing.T) {
	t.Setenv("TEST_POSTGRES_URL", "")
	var without processServer
	if _, err := without.url(t.Context()); err == nil || !strings.Contains(err.Error(), "pgtest.Main") {
		t.Errorf("without Main: %v", err)
	}
}

func TestSweep(t *testing.T) {
	t.Parallel()
	tmp := t.TempDir()
	long := time.Now().Add(-2 * abandoned)
	stays := map[string]bool{
		dirPattern + "abandoned": false,
		dirPattern + "young":     true,
		dirPattern + "in-use":    true,
		"something-else":         true,
	}
	for name := range stays {
		dir := filepath.Join(tmp, name)
		if err := os.MkdirAll(filepath.Join(dir, "server"), 0o700); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "in-use") {
			claim, err := program.NewClaim(t.Context(), filepath.Join(dir, "server"), syscall.SIGQUIT)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := claim.Release(); err != nil {
					t.Error(err)
				}
			}()
		}
		if !strings.HasSuffix(name, "young") {
			if err := os.Chtimes(dir, long, long); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := sweep(t.Context(), tmp); err != nil {
		t.Fatal(err)
	}
	for name, want := range stays {
		if _, err := os.Stat(filepath.Join(tmp, name)); errors.Is(err, fs.ErrNotExist) == want {
			t.Errorf("%s: stays = %v, want %v", name, !want, want)
		}
	}
}
