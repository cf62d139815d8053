package adapters_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// sources are the files of the repository whose names end in suffix, by their paths.
func sources(t *testing.T, suffix string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := entry.Name(); entry.IsDir() && (name == ".git" || name == ".data" || name == "node_modules" || name == "templates") {
			return fs.SkipDir
		}
		if !entry.IsDir() && strings.HasSuffix(path, suffix) {
			all[path], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestLinksLeadSomewhere: a document's links into the repository name files that exist.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)#\s]+)(#[^)\s]*)?\)`)
	for path, text := range sources(t, ".md") {
		for _, found := range link.FindAllSubmatch(text, -1) {
			to := string(found[1])
			if strings.Contains(to, "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), to)); err != nil {
				t.Errorf("%s leads to %s, which is not there", path, to)
			}
		}
	}
}

// TestDocumentsNameTests: each test that a document gives as a proof exists.
func TestDocumentsNameTests(t *testing.T) {
	t.Parallel()
	var tests []byte
	for _, text := range sources(t, "_test.go") {
		tests = append(tests, text...)
	}
	browser := sources(t, ".test.mjs")
	for document, atLeast := range map[string]int{".github/SECURITY.md": 50, "shared/README.md": 50} {
		text, err := os.ReadFile(filepath.Join(root, document))
		if err != nil {
			t.Fatal(err)
		}
		named := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`|(\\w+\\.test\\.mjs)").FindAllSubmatch(text, -1)
		if len(named) < atLeast {
			t.Errorf("%s names only %d tests", document, len(named))
		}
		for _, found := range named {
			if name := found[1]; len(name) > 0 && !bytes.Contains(tests, []byte("\nfunc "+string(name)+"(")) {
				t.Errorf("%s: there is no %s", document, name)
			}
			if name := string(found[2]); name != "" && browser[filepath.Join(root, "functions/client/browser", name)] == nil {
				t.Errorf("%s: there is no %s", document, name)
			}
		}
	}
}

// TestAppliesServerSide: whoever installs, upgrades or moves a system applies server-side, so that none of them meets a conflict with
// what another one has applied in the other way.
func TestAppliesServerSide(t *testing.T) {
	t.Parallel()
	applies := regexp.MustCompile(`kubectl(?:\(t, "| )apply\b.*`)
	found := 0
	for _, suffix := range []string{".md", ".yml", "Makefile", "_test.go", "scripts/secrets"} {
		for path, text := range sources(t, suffix) {
			for _, command := range applies.FindAll(text, -1) {
				if found++; !bytes.Contains(command, []byte("--server-side")) {
					t.Errorf("%s: %s", path, command)
				}
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d commands found", found)
	}
}

// TestBackupsNameEveryDatabase: whoever restores gives each service that has a database the commands, and none is forgotten.
func TestBackupsNameEveryDatabase(t *testing.T) {
	t.Parallel()
	words := func(file, line string) []string {
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(line).FindSubmatch(text)
		if found == nil {
			t.Fatalf("%s has no %s", file, line)
		}
		return slices.Sorted(slices.Values(strings.Fields(string(found[1]))))
	}
	want := words("k8s/scripts/databases", `(?m)^services='(.*)'$`)
	for _, command := range []string{"begin", "announce"} {
		if got := words("adapters/operator/backups.md", `for s in ([a-z ]+); do .*restore `+command); !slices.Equal(got, want) {
			t.Errorf("%s is for %v, and the databases are of %v", command, got, want)
		}
	}
}
