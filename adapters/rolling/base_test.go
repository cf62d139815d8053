package rolling

import (
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/functions"
)

//go:embed base
var pinned string

// git runs a command of git on this repository.
func git(t testing.TB, args ...string) (string, error) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "git", args...).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// base is the commit of the version before. A clone without it that holds no history has none but its oldest commit: this version runs
// beside itself there, and the log says so.
func base(t testing.TB) string {
	t.Helper()
	name := os.Getenv("ROLLING_BASE")
	chosen := name != ""
	if !chosen {
		tag, err := git(t, "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*", "HEAD^")
		if name = tag; err != nil {
			name = strings.TrimSpace(pinned)
		}
	}
	commit, err := git(t, "rev-parse", "--verify", name+"^{commit}")
	if err == nil {
		return commit
	}
	missing := "the version before, " + name + ", is not in this clone; get it by: git fetch --tags --unshallow (a complete clone: git fetch --tags)"
	oldest, none := git(t, "rev-list", "--max-parents=0", "HEAD")
	shallow, _ := git(t, "rev-parse", "--is-shallow-repository")
	count, _ := git(t, "rev-list", "--count", "HEAD")
	if chosen || none != nil || shallow != "true" && count != "1" {
		t.Fatalf("%s\n%s", missing, commit)
	}
	t.Logf("%s. Instead, the oldest that is there", missing)
	return oldest
}

// buildBase returns the folder of the programs of the version before.
func buildBase(t testing.TB) string {
	t.Helper()
	commit := base(t)
	dir := systemtest.Source(t, commit)
	var names []string
	for _, def := range functions.Services() {
		if _, err := os.Stat(filepath.Join(dir, "adapters/cmd", def.Name)); err == nil {
			names = append(names, def.Name)
		}
	}
	t.Logf("the version before is %s", commit)
	return systemtest.BuildIn(t, filepath.Join(dir, "adapters"), names)
}
