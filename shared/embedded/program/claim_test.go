package program

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"time"
)

func TestClaimIsExclusive(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, err := NewClaim(t.Context(), dir, syscall.SIGTERM)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewClaim(t.Context(), dir, syscall.SIGTERM); !errors.Is(err, ErrInUse) {
		t.Errorf("second claim: %v, want ErrInUse", err)
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	again, err := NewClaim(t.Context(), dir, syscall.SIGTERM)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Release(); err != nil {
		t.Fatal(err)
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
		// What the kernel does for a killed process: its files close.
		if err := errors.Join(dead.owner.Close(), dead.server.Close()); err != nil {
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
