package mutations

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const root = "../.."

// TestMutationsApply: each is still a change of the code that is there, and what comes of it compiles. Those that change other files are
// compiled together.
func TestMutationsApply(t *testing.T) {
	t.Parallel()
	tree, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range All() {
		if _, err := overlay(tree, t.TempDir(), m.Edits...); err != nil {
			t.Errorf("%s: %v", m.Bug, err)
		}
	}
	left := All()
	for len(left) > 0 {
		var together []Edit
		var later []Mutation
		files := map[string]bool{}
		for _, m := range left {
			if m.touches(files) {
				later = append(later, m)
				continue
			}
			for _, e := range m.Edits {
				files[e.File] = true
			}
			together = append(together, m.Edits...)
		}
		left = later
		path, err := overlay(tree, t.TempDir(), together...)
		if err != nil {
			t.Fatal(err)
		}
		build := exec.CommandContext(t.Context(), "go", "build", "-overlay", path, "./functions/...", "./shared/...")
		build.Dir = tree
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
}

func (m Mutation) touches(files map[string]bool) bool {
	for _, e := range m.Edits {
		if files[e.File] {
			return true
		}
	}
	return false
}

// TestMutationsAreCaught: those are whose sentence matches MUTATIONS, by default one that anything finds. It writes the table to MUTATIONS_TABLE.
func TestMutationsAreCaught(t *testing.T) {
	tree, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	chosen, err := regexp.Compile(cmp.Or(os.Getenv("MUTATIONS"), "^A paid order can be cancelled"))
	if err != nil {
		t.Fatal(err)
	}
	table := "| planted bug | caught by | after | how |\n|---|---|---|---|\n"
	for _, m := range All() {
		if !chosen.MatchString(m.Bug) {
			continue
		}
		path, err := overlay(tree, t.TempDir(), m.Edits...)
		if err != nil {
			t.Fatal(err)
		}
		by, how, took := m.hunt(t, tree, path)
		if by == "" {
			t.Errorf("survives: %s", m.Bug)
			by = "**nothing**"
		}
		line := fmt.Sprintf("| %s | %s | %.0f s | %s |\n", m.Bug, by, took.Seconds(), how)
		t.Log(line)
		table += line
	}
	if file := os.Getenv("MUTATIONS_TABLE"); file != "" {
		if err := os.WriteFile(file, []byte(table), 0o600); err != nil {
			t.Error(err)
		}
	}
}

var (
	failed   = regexp.MustCompile(`--- FAIL: (Test\w+)`)
	violated = regexp.MustCompile(`violated: (.*)`)
)

// hunt runs what should find the bug, and returns what did, and what it said: the named tests, or the simulation, first its random
// histories and then its systematic ones.
func (m Mutation) hunt(t *testing.T, tree, overlay string) (by, how string, took time.Duration) {
	t.Helper()
	began := time.Now()
	if tests, run, named := strings.Cut(m.Tests, " "); named {
		by, how = m.find(t, tree, overlay, tests, run)
		return by, how, time.Since(began)
	}
	for _, run := range []string{"TestHistories", "TestEverywhere"} {
		if by, how = m.find(t, tree, overlay, "./adapters/simulation", run); by != "" {
			by = "simulation, " + by
			break
		}
	}
	return by, how, time.Since(began)
}

// find returns the test that fails, and what it says is violated; or nothing.
func (m Mutation) find(t *testing.T, tree, overlay, tests, run string) (by, how string) {
	t.Helper()
	test := exec.CommandContext(t.Context(), "go", "test", "-short", "-count=1", "-timeout=30m", "-overlay", overlay, "-run", run, tests)
	test.Dir = tree
	test.Env = append(os.Environ(), "SIMULATE="+cmp.Or(os.Getenv("SIMULATE"), "1m"), "SEED=1", "EVERYWHERE=1")
	out, err := test.CombinedOutput()
	if bytes.Contains(out, []byte("[build failed]")) || bytes.Contains(out, []byte("no tests to run")) {
		t.Fatalf("%s\n%s", m.Bug, out)
	}
	name := failed.FindSubmatch(out)
	switch {
	case err == nil:
		return "", ""
	case name == nil:
		t.Fatalf("%s: %v\n%s", m.Bug, err, out)
	}
	if said := violated.FindSubmatch(out); said != nil {
		how = strings.ReplaceAll(string(said[1]), "|", "/")
		how = how[:min(len(how), 100)]
	}
	return string(name[1]), how
}
