// Package manifests writes what can be derived from the services' tables of contents (functions.Services): the
// functions of template.yaml, the dispatcher's list of consumers, manifests of Kubernetes and Knative, tables and
// pictures of the documentation. `make generate` runs it, and `make check` fails if what is committed is something else.
//
// Its promise: the same tables of contents make the same files, byte for byte; what stands outside of markers is
// kept as it is.
package manifests

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/gittix/ticketing/adapters/manifests/gocode"
)

// Outputs lists all that is generated.
func Outputs(s System, root string) ([]Output, error) {
	code, err := gocode.Read(root)
	if err != nil {
		return nil, err
	}
	documents, err := apiOutputs(s, code)
	if err != nil {
		return nil, err
	}
	samples, err := sampleOutputs(s)
	return slices.Concat(
		dispatcherOutputs(s),
		programOutputs(s),
		awsOutputs(s),
		kubernetesOutputs(s),
		knativeOutputs(s),
		docsOutputs(s, code),
		documents,
		samples,
	), err
}

// Write generates everything below root, the repository's root folder.
// Errors: a file without the markers of a part; a template that does not fit its data.
func Write(root string) error { return generate(root, write) }

// Check generates everything and writes nothing. Its error shows, as diffs, which files below root are not what Write
// would make of them.
func Check(root string) error { return generate(root, check) }

func generate(root string, do func(root string, outputs []Output) error) error {
	system, err := Load()
	if err != nil {
		return err
	}
	outputs, err := Outputs(system, root)
	if err != nil {
		return err
	}
	return do(root, outputs)
}

func write(root string, outputs []Output) error {
	texts, err := changes(root, outputs)
	if err != nil {
		return err
	}
	for path, text := range texts {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // sources are for everyone to read
			return err
		}
		if err := os.WriteFile(path, text, 0o644); err != nil { //nolint:gosec // likewise
			return err
		}
	}
	return nil
}

func check(root string, outputs []Output) error {
	texts, err := changes(root, outputs)
	if err != nil {
		return err
	}
	var differences []error
	for _, path := range slices.Sorted(maps.Keys(texts)) {
		diff := exec.CommandContext(context.Background(), "diff", "--unified", "--new-file", path, "-") //nolint:gosec // a file of the repository
		diff.Stdin = bytes.NewReader(texts[path])
		out, err := diff.Output()
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != 1 { // 1: they differ
			return fmt.Errorf("diff: %w", err)
		}
		differences = append(differences, fmt.Errorf("%s is not what `make generate` writes:\n%s", path, out))
	}
	return errors.Join(differences...)
}

// changes returns the new texts of the files that are not yet as outputs want them, by their paths.
func changes(root string, outputs []Output) (map[string][]byte, error) {
	before, after := map[string][]byte{}, map[string][]byte{} // a file may have many parts
	for _, o := range outputs {
		path := filepath.Join(root, filepath.FromSlash(o.Path))
		if _, seen := after[path]; !seen {
			text, err := os.ReadFile(path)
			if err != nil && (o.Part != "" || !errors.Is(err, os.ErrNotExist)) {
				return nil, err
			}
			before[path], after[path] = text, text
		}
		text, err := o.apply(after[path])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o.Path, err)
		}
		after[path] = text
	}
	maps.DeleteFunc(after, func(path string, text []byte) bool { return bytes.Equal(text, before[path]) })
	return after, nil
}
