package systemtest

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Source unpacks the tree of a commit into a folder of the test's, and returns it.
func Source(t testing.TB, commit string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	archive := filepath.Join(t.TempDir(), "source.tar")
	command := func(name string, args ...string) string {
		said, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput() //nolint:gosec // git and tar
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, said)
		}
		return strings.TrimSpace(string(said))
	}
	root := command("git", "rev-parse", "--show-toplevel")
	command("git", "-C", root, "archive", "--output", archive, commit)
	command("tar", "-xf", archive, "-C", dir)
	return dir
}
