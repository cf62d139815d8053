// Package verify shows that func takes the folders beside this one: func's own code loads, validates and builds
// them, and what it built starts, reports and stops as Knative expects. It needs no registry, no container engine,
// no cluster and no database.
//
// It is a module of its own because func has many dependencies. `go mod tidy` fails on it: func's tests, which are
// not used here, need a module that cannot be had.
package verify

import (
	"archive/tar"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"gopkg.in/yaml.v2"
	"knative.dev/func/pkg/functions"
	"knative.dev/func/pkg/oci"
)

// build does what `func build` does, for this platform only and on a copy of the folder, and returns the program
// that the image runs and the image's configuration.
func build(t *testing.T, name string) (program string, config v1.Config) {
	t.Helper()
	var strict functions.Function // func itself reads over a field that it does not know
	if err := yaml.UnmarshalStrict([]byte(read(t, filepath.Join("..", name, "func.yaml"))), &strict); err != nil || strict.Name != name {
		t.Errorf("%s/func.yaml: name %q, %v", name, strict.Name, err)
	}
	dir := copied(t, name)
	f, err := functions.NewFunction(dir)
	if err := errors.Join(err, f.Validate()); err != nil {
		t.Fatal(err)
	}
	f.Registry = "registry.example/ticketing"
	client := functions.New(functions.WithBuilder(oci.NewBuilder("", true)))
	here := functions.Platform{OS: "linux", Architecture: runtime.GOARCH}
	if _, err := client.Build(t.Context(), f, functions.BuildWithPlatforms([]functions.Platform{here})); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"func.yaml", "go.mod", "go.work", "go.work.sum", ".gitignore"} {
		if text := read(t, filepath.Join(dir, file)); text != read(t, filepath.Join("..", name, file)) {
			t.Errorf("the build changes %s to\n%s", file, text)
		}
	}
	index := must[v1.ImageIndex](t)(layout.ImageIndexFromPath(filepath.Join(dir, ".func/build/oci")))
	image := must[v1.Image](t)(index.Image(must[*v1.IndexManifest](t)(index.IndexManifest()).Manifests[0].Digest))
	file := must[*v1.ConfigFile](t)(image.ConfigFile())
	return executable(t, image, file.Config.Cmd[0]), file.Config
}

// copied copies the function's folder. Beside the copy there are links, so that its go.work finds the rest of the
// repository where it looks for it.
func copied(t *testing.T, name string) (dir string) {
	t.Helper()
	root := t.TempDir()
	dir = filepath.Join(root, "knative", "func", name)
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", name))); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"adapters", "functions", "shared"} {
		target, err := filepath.Abs(filepath.Join("../../..", folder))
		if err := errors.Join(err, os.Symlink(target, filepath.Join(root, folder))); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// executable takes a program out of an image.
func executable(t *testing.T, image v1.Image, name string) (path string) {
	t.Helper()
	files := mutate.Extract(image)
	defer files.Close()
	layers := tar.NewReader(files)
	for {
		header, err := layers.Next()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if strings.Trim(header.Name, "/") == strings.Trim(name, "/") {
			break
		}
	}
	text, err := io.ReadAll(layers)
	path = filepath.Join(t.TempDir(), "f")
	if err := errors.Join(err, os.WriteFile(path, text, 0o700)); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) string {
	t.Helper()
	return string(must[[]byte](t)(os.ReadFile(path)))
}

// must returns a function's result, or fails the test with its error.
func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
