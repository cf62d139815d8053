package pgserver_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/embedded/pgserver"
)

// childDir makes this test binary a process that runs a server there until it is killed.
const childDir = "PGSERVER_TEST_CHILD_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		os.Exit(child(dir))
	}
	os.Exit(m.Run())
}

// child prints the server's URL and waits to be killed.
func child(dir string) int {
	server, err := pgserver.Start(context.Background(), pgserver.Config{Dir: dir, Durable: true})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(server.URL("postgres"))
	select {}
}

func TestDataOutlivesAKilledOwner(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	owner := exec.CommandContext(t.Context(), os.Args[0])
	owner.Env = append(os.Environ(), childDir+"="+dir)
	owner.Stderr = os.Stderr
	stdout, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	url, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	query(t, strings.TrimSpace(url), "CREATE TABLE kept AS SELECT 7 AS n")
	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := owner.Wait(); err == nil {
		t.Fatal("the owner was not killed")
	}

	// The orphan may still be shutting down: Start must cope.
	heir := start(t, pgserver.Config{Dir: dir, Durable: true})
	if got := query(t, heir.URL("postgres"), "SELECT n::text FROM kept"); got != "7" {
		t.Errorf("kept %q, want 7", got)
	}
	if orphan := strings.TrimSpace(url); orphan != heir.URL("postgres") {
		if conn, err := pgx.Connect(t.Context(), orphan); err == nil {
			t.Errorf("the killed owner's server still answers: %v", conn.Close(t.Context()))
		}
	}
}

func TestDataOutlivesACrashedServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server := start(t, pgserver.Config{Dir: dir, Durable: true})
	query(t, server.URL("postgres"), "CREATE TABLE kept AS SELECT 7 AS n")
	if err := syscall.Kill(serverPid(t, dir), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := query(t, server.URL("postgres"), "SELECT n::text FROM kept"); got != "7" {
		t.Errorf("kept %q, want 7", got)
	}
}

// serverPid is the process id in the first line of postmaster.pid.
func serverPid(t *testing.T, dir string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "cluster", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}
