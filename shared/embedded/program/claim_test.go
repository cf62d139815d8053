package program

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

func TestClaimIsExclusive(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for range 2 {
		claim, err := NewClaim(t.Context(), dir, syscall.SIGTERM)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := NewClaim(t.Context(), dir, syscall.SIGTERM); !errors.Is(err, ErrInUse) {
			t.Errorf("second claim: %v, want ErrInUse", err)
		}
		if err := claim.Release(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestClaimEndsWhatAKilledOwnerLeft(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"ends when asked":  `echo up; exec sleep 600`,
		"has to be killed": `trap '' TERM; echo up; while :; do sleep 0.05; done`,
	} {
		dir := t.TempDir()
		dead, err := NewClaim(t.Context(), dir, syscall.SIGTERM)
		if err != nil {
			t.Fatal(err)
		}
		orphan := startShell(t, script, dead.File())
		if err := dead.SetPid(orphan.Pid()); err != nil {
			t.Fatal(err)
		}
		// What the kernel does for a killed process: its files close. The owner's is unlocked first, since a process that another
		// test is starting at this moment shares it until it executes its program.
		if err := errors.Join(syscall.Flock(int(dead.owner.Fd()), syscall.LOCK_UN), dead.owner.Close(), dead.server.Close()); err != nil {
			t.Fatal(err)
		}

		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		heir, err := NewClaim(ctx, dir, syscall.SIGTERM)
		cancel()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		<-orphan.Ended()
		if heir.LastPid() != orphan.Pid() {
			t.Errorf("%s: last server %d, want %d", name, heir.LastPid(), orphan.Pid())
		}
		if err := heir.Release(); err != nil {
			t.Error(err)
		}
	}
}

func TestPasswordIsKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "password")
	if err := os.WriteFile(path, nil, 0o644); err != nil { // a first call was cut short
		t.Fatal(err)
	}
	first, err := Password(dir)
	if err != nil || len(first) < 20 {
		t.Fatalf("password of %d characters, %v", len(first), err)
	}
	if again, err := Password(dir); err != nil || again != first {
		t.Errorf("it changed: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	if other, err := Password(t.TempDir()); err != nil || other == first {
		t.Errorf("two folders, one password: %v", err)
	}
}

func TestFreePort(t *testing.T) {
	t.Parallel()
	port, err := FreePort(t.Context())
	if err != nil || port < 1024 || port > 65535 {
		t.Errorf("port %d, %v", port, err)
	}
}
