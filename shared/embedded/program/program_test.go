package program

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestSearchOrder(t *testing.T) {
	root := t.TempDir()
	put := func(dir, name string, mode os.FileMode) string {
		path := filepath.Join(root, dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	want := []string{
		put("env", "db", 0o755), put("tools/bin", "db", 0o755), put("path", "db", 0o755),
		put("opt/17/bin", "db", 0o755), put("opt/9/bin", "db", 0o755), put("last", "db", 0o755),
	}
	put("opt/18/bin", "db", 0o644) // not executable
	t.Setenv("DB_BIN", filepath.Join(root, "env"))
	t.Setenv("TOOLS", filepath.Join(root, "tools"))
	t.Setenv("PATH", filepath.Join(root, "path"))
	search := Search{
		Name: "db", Env: "DB_BIN",
		Also: []string{filepath.Join(root, "opt/*/bin"), filepath.Join(root, "last"), filepath.Join(root, "env")},
	}
	if got := search.All(); !slices.Equal(got, want) {
		t.Errorf("found %q\nwant  %q", got, want)
	}
	t.Setenv("DB_BIN", want[3]) // a file is as good as its folder
	if got := search.All(); got[0] != want[3] {
		t.Errorf("first %q, want %q", got[0], want[3])
	}
}

func TestToolsDirIsBesideTheWorkspace(t *testing.T) {
	t.Setenv("TOOLS", "")
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	inside := filepath.Join(root, "shared", "x")
	tools := filepath.Join(root, ".data", "tools")
	for _, dir := range []string{inside, tools} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(inside)
	if got := ToolsDir(); got != "" {
		t.Errorf("outside a workspace: %q", got)
	}
	if err := os.WriteFile(filepath.Join(root, "go.work"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := ToolsDir(); got != tools {
		t.Errorf("got %q, want %q", got, tools)
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(tools, 65534, -1); err != nil {
			t.Fatal(err)
		}
		if got := ToolsDir(); got != "" {
			t.Errorf("tools of a stranger: %q", got)
		}
	}
}

func TestStopIsPoliteFirst(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script string
		waits  bool
		forced bool
		status string
	}{
		"ends when asked":   {`trap 'exit 3' TERM; echo up; while :; do sleep 0.01; done`, true, false, "exit status 3"},
		"has to be killed":  {`trap '' TERM; echo up; while :; do sleep 0.01; done`, false, true, "killed"},
		"has already ended": {`echo up; exit 4`, true, false, "exit status 4"},
	} {
		p := startShell(t, c.script)
		if strings.HasSuffix(c.script, "exit 4") {
			<-p.Ended()
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		if !c.waits {
			cancel()
		}
		err := p.Stop(ctx, syscall.SIGTERM, syscall.SIGKILL)
		cancel()
		if (err != nil) != c.forced {
			t.Errorf("%s: stop: %v", name, err)
		}
		<-p.Ended()
		if err := p.Err(); err == nil || !strings.Contains(err.Error(), c.status) || !strings.Contains(err.Error(), "up") {
			t.Errorf("%s: ended with %v, want %s and its output", name, err, c.status)
		}
	}
}

func TestRunKillsWithItsChildren(t *testing.T) {
	t.Parallel()
	alive, inherited := pipe(t) // open while any of the children lives
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.Command("/bin/sh", "-c", "sleep 600 & echo up >&4; wait")
	up, print := pipe(t)
	cmd.ExtraFiles = []*os.File{inherited, print}
	result := make(chan error)
	go func() { result <- Run(ctx, cmd, slog.New(slog.DiscardHandler)) }()
	if _, err := up.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("run: %v", err)
	}
	if err := errors.Join(inherited.Close(), alive.SetReadDeadline(time.Now().Add(10*time.Second))); err != nil {
		t.Fatal(err)
	}
	if _, err := alive.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("a child of the child lives: %v", err)
	}
	if err := Run(t.Context(), exec.Command("/nowhere/at/all"), slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a missing program ran")
	}
}

func TestReadyTellsOfAnEarlyEnd(t *testing.T) {
	t.Parallel()
	p, err := Start(exec.Command("/bin/sh", "-c", "echo port taken; exit 5"), syscall.SIGKILL, "up", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	err = p.Ready(t.Context())
	if err == nil || !strings.Contains(err.Error(), "exit status 5: port taken") {
		t.Errorf("ready: %v", err)
	}
}

// pipe returns the two ends of a pipe that the end of the test closes.
func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, end := range []*os.File{r, w} {
			if err := end.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
				t.Error(err)
			}
		}
	})
	return r, w
}

// startShell runs a script that prints "up", and waits for that.
func startShell(t *testing.T, script string, inherit ...*os.File) *Process {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", script)
	cmd.ExtraFiles = inherit
	p, err := Start(cmd, syscall.SIGKILL, "up", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := p.Stop(ctx, syscall.SIGKILL, syscall.SIGKILL); err != nil {
			t.Error(err)
		}
	})
	if err := p.Ready(t.Context()); err != nil && !strings.HasSuffix(script, "exit 4") {
		t.Fatal(err)
	}
	return p
}
