package mutations

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

const (
	within     = 10 * time.Minute // a bug is to be found, and the test compiled before, on a slow machine
	testWithin = 3 * time.Minute  // the test itself
)

// TestMutationsAreCaught: those are whose sentence matches MUTATIONS, by default one that is found soon; or all, which writes the table.
func TestMutationsAreCaught(t *testing.T) {
	pattern := cmp.Or(os.Getenv("MUTATIONS"), "^A paid order can be cancelled")
	all := pattern == "all"
	if all {
		pattern = ""
	}
	chosen, err := regexp.Compile(pattern)
	if err != nil {
		t.Fatal(err)
	}
	began, table := time.Now(), ""
	for _, m := range All() {
		if !chosen.MatchString(m.Bug) {
			continue
		}
		start := time.Now()
		after, err := m.hunt(t)
		if err != nil {
			t.Errorf("%s: %v", m.Bug, err)
			after = "**it survives**"
		}
		line := fmt.Sprintf("| %s | %d | `%s` ([%s](../../%[4]s)) | %s | %.0f s |\n", m.Bug, m.Breaks, m.By.Name(), m.By.Package, after, time.Since(start).Seconds())
		t.Log(line)
		table += line
	}
	if !all {
		return
	}
	text := fmt.Sprintf(head, len(All()), time.Since(began).Minutes(), time.Now().UTC().Format("2 January 2006"), runtime.GOOS+"/"+runtime.GOARCH, runtime.NumCPU(), runtime.Version()) + table
	if err := os.WriteFile("TABLE.md", []byte(text), 0o600); err != nil {
		t.Error(err)
	}
}

const head = `# Planted bugs, and the tests that find them

Written by ` + "`make mutations`" + `: %d bugs in %.0f minutes, on %s (%s, %d cores, %s). It fails if one survives, or if its test fails for another reason
than the bug. For each change CI only checks that the bugs can be planted, that what comes of it compiles, and that their tests exist; all are planted each night.

| planted bug | [promise](../../shared/README.md#guarantees) | found by | after | with compiling |
|---|---|---|---|---|
`

var took = regexp.MustCompile(`(?m)^FAIL\t\S+\t([0-9.]+)s$`)

// hunt runs the test that finds the bug, and returns after what time of its own it did. Errors: it does not, or says something else.
func (m Mutation) hunt(t *testing.T) (after string, err error) {
	t.Helper()
	tree := root(t)
	path, err := overlay(tree, t.TempDir(), m.Edits...)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	args := []string{"test", "-short", "-count=1", "-vet=off", "-timeout", testWithin.String(), "-overlay", path, "-run", "^" + strings.Replace(m.By.Test, "/", "$/", 1)}
	if !strings.Contains(m.By.Test, "/") {
		args[len(args)-1] += "$"
	}
	args = append(args, "./"+m.By.Package)
	if strings.Contains(m.By.source(t, tree), `"pgregory.net/rapid"`) {
		args = append(args, "-rapid.nofailfile") // what it finds is of no use to the code that is there
	}
	test := exec.CommandContext(ctx, "go", args...)
	test.Dir = tree
	test.WaitDelay = time.Minute
	test.Env = append(os.Environ(), "SIMULATE=1m", "SEED=1", "EVERYWHERE=1")
	out, err := test.CombinedOutput()
	if dir := os.Getenv("MUTATIONS_OUT"); dir != "" {
		_ = os.WriteFile(dir+"/"+regexp.MustCompile(`\W+`).ReplaceAllString(m.Bug, "_"), out, 0o600)
	}
	time := took.FindSubmatch(out)
	switch {
	case err == nil:
		return "", fmt.Errorf("%s does not find it", m.By.Test)
	case time == nil || !bytes.Contains(out, []byte("--- FAIL: "+m.By.Name())) || !bytes.Contains(out, []byte(m.By.Says)):
		return "", fmt.Errorf("%s does not say %q: %w\n%s", m.By.Test, m.By.Says, err, out)
	}
	return string(time[1]) + " s", nil
}
