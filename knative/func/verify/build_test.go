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

// here is the only platform that is built, for time's sake. func build builds three.
var here = functions.Platform{OS: "linux", Architecture: runtime.GOARCH}

// build does what `func build` does in a folder, on a copy of it. Beside the copy there are links, so that its
// go.work finds the rest of the repository where it looks for it.
func build(t *testing.T, name string) v1.Image {
	t.Helper()
	dir := copied(t, name)
	f, err := functions.NewFunction(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Validate(); err != nil {
		t.Fatal(err)
	}
	f.Registry = "registry.example/ticketing"
	client := functions.New(functions.WithBuilder(oci.NewBuilder("", true)), functions.WithVerbose(testing.Verbose()))
	if _, err := client.Build(t.Context(), f, functions.BuildWithPlatforms([]functions.Platform{here})); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"func.yaml", "go.mod", "go.work", "go.work.sum", ".gitignore"} {
		if read(t, filepath.Join(dir, file)) != read(t, filepath.Join("..", name, file)) {
			t.Errorf("the build changes %s to\n%s", file, read(t, filepath.Join(dir, file)))
		}
	}
	index, err := layout.ImageIndexFromPath(filepath.Join(dir, ".func/build/oci"))
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil || len(manifest.Manifests) != 1 {
		t.Fatalf("not one image: %+v, %v", manifest, err)
	}
	image, err := index.Image(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func copied(t *testing.T, name string) (dir string) {
	t.Helper()
	repository, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	dir = filepath.Join(root, "knative", "func", name)
	files, err := os.ReadDir(filepath.Join("..", name))
	if err := errors.Join(err, os.MkdirAll(dir, 0o700)); err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !file.Type().IsRegular() {
			continue // .func, of a build by hand
		}
		text := read(t, filepath.Join("..", name, file.Name()))
		if err := os.WriteFile(filepath.Join(dir, file.Name()), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, folder := range []string{"adapters", "functions", "shared"} {
		if err := os.Symlink(filepath.Join(repository, folder), filepath.Join(root, folder)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// executable takes the program that an image runs out of it.
func executable(t *testing.T, image v1.Image, config v1.Config) (path string) {
	t.Helper()
	files := mutate.Extract(image)
	defer files.Close()
	for layers := tar.NewReader(files); ; {
		header, err := layers.Next()
		if err != nil {
			t.Fatalf("%v: %v", config.Cmd, err)
		}
		if strings.Trim(header.Name, "/") != strings.Trim(config.Cmd[0], "/") {
			continue
		}
		path = filepath.Join(t.TempDir(), "f")
		program, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o700)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(program, layers)
		if err := errors.Join(err, program.Close()); err != nil {
			t.Fatal(err)
		}
		return path
	}
}

// TestNoFieldIsMisspelled: func itself reads over a field that it does not know.
func TestNoFieldIsMisspelled(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob("../*/func.yaml")
	if err != nil || len(folders) != len(cases) {
		t.Errorf("%d of %d functions are tested (%v)", len(cases), len(folders), err)
	}
	for _, path := range folders {
		var f functions.Function
		if err := yaml.UnmarshalStrict([]byte(read(t, path)), &f); err != nil || f.Name != filepath.Base(filepath.Dir(path)) {
			t.Errorf("%s: name %q, %v", path, f.Name, err)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
