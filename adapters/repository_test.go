package adapters_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The rules of the repository, which no compiler knows.

const (
	root   = ".."
	module = "github.com/gittix/ticketing/"
)

// modules are the folders of the workspace's modules.
func modules(t *testing.T) []string {
	t.Helper()
	out, err := golang(t.Context(), ".", nil, "list", "-m", "-f", "{{.Path}}")
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, path := range strings.Fields(string(out)) {
		folders = append(folders, strings.TrimPrefix(path, module))
	}
	if !slices.Contains(folders, "shared") || !slices.Contains(folders, "functions") {
		t.Fatalf("the workspace has only %v", folders)
	}
	return folders
}

// pkg is what go list says of a package.
type pkg struct {
	ImportPath, Name, Doc              string
	GoFiles                            []string
	Imports, TestImports, XTestImports []string
}

// golang runs the go command in a folder below the root.
func golang(ctx context.Context, dir string, environment []string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = filepath.Join(root, dir)
	cmd.Env = append(os.Environ(), environment...)
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		err = errors.New(string(exit.Stderr))
	}
	return out, err
}

// packages are those of all modules.
func packages(t *testing.T) []pkg {
	t.Helper()
	args := []string{"list", "-json=ImportPath,Name,Doc,GoFiles,Imports,TestImports,XTestImports"}
	for _, m := range modules(t) {
		args = append(args, "./"+m+"/...")
	}
	out, err := golang(t.Context(), ".", nil, args...)
	if err != nil {
		t.Fatal(err)
	}
	var all []pkg
	for lines := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := lines.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// TestImportsRunOneWay: shared ← functions/* ← adapters, and no service knows another.
func TestImportsRunOneWay(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		from := strings.TrimPrefix(p.ImportPath, module)
		for _, path := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			to, ours := strings.CutPrefix(path, module)
			if ours && !mayImport(from, to) {
				t.Errorf("%s imports %s", from, to)
			}
		}
	}
}

func mayImport(from, to string) bool {
	layer, rest, _ := strings.Cut(from, "/")
	switch layer {
	case "shared":
		return strings.HasPrefix(to, "shared/")
	case "functions":
		if rest == "" { // the list of the services
			return strings.HasPrefix(to, "functions/") || strings.HasPrefix(to, "shared/")
		}
		service, _, _ := strings.Cut(rest, "/")
		own := "functions/" + service
		return strings.HasPrefix(to, "shared/") || to == own || strings.HasPrefix(to, own+"/")
	}
	return layer == "adapters"
}

func TestMayImport(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"shared/bus", "shared/event", true},
		{"shared/bus", "functions/orders", false},
		{"shared/bus", "adapters/local", false},
		{"functions/orders", "shared/event", true},
		{"functions/payments", "functions/payments/gateway", true},
		{"functions/payments/gateway", "functions/orders", false},
		{"functions/orders", "functions/orders2", false},
		{"functions", "functions/orders", true},
		{"functions", "adapters/local", false},
		{"functions/orders", "functions", false},
		{"functions/orders", "adapters/kubernetes", false},
		{"adapters/cmd/orders", "functions/orders", true},
	} {
		if got := mayImport(c.from, c.to); got != c.want {
			t.Errorf("%s → %s: %v", c.from, c.to, got)
		}
	}
}

func TestPackagesHaveNamesAndComments(t *testing.T) {
	t.Parallel()
	empty := regexp.MustCompile(`^(utils?|commons?|helpers?|managers?|misc|base|lib)$`)
	for _, p := range packages(t) {
		if empty.MatchString(p.Name) {
			t.Errorf("%s: %q says nothing", p.ImportPath, p.Name)
		}
		if p.Doc == "" && len(p.GoFiles) > 0 {
			t.Errorf("%s does not open with a comment", p.ImportPath)
		}
	}
}

// TestModulesBuildAlone: without the workspace, as a func or a Lambda is built.
func TestModulesBuildAlone(t *testing.T) {
	t.Parallel()
	for _, m := range modules(t) {
		if _, err := golang(t.Context(), m, []string{"GOWORK=off"}, "build", "./..."); err != nil {
			t.Errorf("%s: %v", m, err)
		}
	}
}

// TestFilesAreShortAndFinished: what is longer than this is two files. No code reads a form in the way that takes parts of many megabytes
// into memory and leaves files behind: that is what FormValue and PostFormValue of http.Request do, unlike those of the site's visit.
func TestFilesAreShortAndFinished(t *testing.T) {
	t.Parallel()
	const longest = 250
	unfinished := regexp.MustCompile(`(?i)\b(to` + `do|fix` + `me|x` + `xx)\b`)
	multipart := regexp.MustCompile(`\b(r|req|request|Request)\.(Post)?FormValue\(|\.(ParseMultipartForm|MultipartReader|FormFile)\(`)
	for _, m := range modules(t) {
		err := filepath.WalkDir(filepath.Join(root, m), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if n := bytes.Count(text, []byte("\n")); n > longest {
				t.Errorf("%s has %d lines", path, n)
			}
			if found := unfinished.Find(text); found != nil {
				t.Errorf("%s says %q", path, found)
			}
			if found := multipart.Find(text); found != nil && !strings.HasSuffix(path, "_test.go") {
				t.Errorf("%s reads parts of a body: %q", path, found)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}
