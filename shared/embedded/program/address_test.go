package program

import (
	"os"
	"path/filepath"
	"testing"
)

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
