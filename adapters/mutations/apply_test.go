package mutations

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMutationsApply: each is still a change of the code that is there, what comes of it compiles, and the test that finds it exists.
// Those that change other files are compiled together.
func TestMutationsApply(t *testing.T) {
	t.Parallel()
	tree := root(t)
	for _, m := range All() {
		if _, err := overlay(tree, t.TempDir(), m.Edits...); err != nil {
			t.Errorf("%s: %v", m.Bug, err)
		}
		if !strings.Contains(m.By.source(t, tree), "\nfunc "+m.By.Name()+"(t *testing.T)") || m.By.Says == "" {
			t.Errorf("%s: there is no %s in %s, or it says nothing", m.Bug, m.By.Name(), m.By.Package)
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
		build := exec.CommandContext(t.Context(), "go", append([]string{"build", "-overlay", path}, packages(together)...)...)
		build.Dir = tree
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
}

// packages are those whose Go files are edited.
func packages(edits []Edit) (all []string) {
	for _, e := range edits {
		if filepath.Ext(e.File) == ".go" {
			all = append(all, "./"+filepath.Dir(e.File))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func root(t *testing.T) string {
	t.Helper()
	tree, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// source is that of the package's tests.
func (f Finder) source(t *testing.T, tree string) (text string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(tree, f.Package, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text += string(b)
	}
	return text
}

func (m Mutation) touches(files map[string]bool) bool {
	for _, e := range m.Edits {
		if files[e.File] {
			return true
		}
	}
	return false
}

// overlay writes what the compiler is to see in place of the files of the tree at root, and returns the path for -overlay.
// Errors: a text that is not in its file exactly once.
func overlay(root, dir string, edits ...Edit) (string, error) {
	texts := map[string]string{}
	for _, e := range edits {
		file := filepath.Join(root, e.File)
		text, known := texts[file]
		if !known {
			b, err := os.ReadFile(file)
			if err != nil {
				return "", err
			}
			text = string(b)
		}
		if n := strings.Count(text, e.Old); n != 1 {
			return "", fmt.Errorf("%s holds %d times, not once:\n%s", e.File, n, e.Old)
		}
		texts[file] = strings.Replace(text, e.Old, e.New, 1)
	}
	replace := map[string]string{}
	for file, text := range texts {
		copied := filepath.Join(dir, fmt.Sprintf("%d_%s", len(replace), filepath.Base(file)))
		if err := os.WriteFile(copied, []byte(text), 0o600); err != nil {
			return "", err
		}
		replace[file] = copied
	}
	b, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, b, 0o600)
}
