// Package verify holds the manifests of k8s/ and knative/ to the code, to the schemas of every API that they
// use, and to the rules of the house. It needs no cluster.
//
// Its promises: every overlay, and every component on the base that it is for, is built as kubectl builds it;
// what the API server would refuse for its form is refused here; every rule is one that a test has seen fail.
// What only a cluster can say it does not: validation in code (CEL, webhooks), quotas, and whether it runs.
package verify

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// Root is the repository, seen from this folder.
const Root = "../.."

// Trees builds the kustomizations of a copy of k8s/ and knative/ in memory.
type Trees struct {
	mu    sync.Mutex // kustomize keeps its schemas in globals
	files filesys.FileSystem
}

// ReadTrees copies the two trees of the repository at root.
func ReadTrees(root string) (*Trees, error) {
	t := &Trees{files: filesys.MakeFsInMemory()}
	for _, tree := range []string{"k8s", "knative"} {
		err := filepath.WalkDir(filepath.Join(root, tree), func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			name, err := filepath.Rel(root, path)
			if err != nil || entry.IsDir() || strings.HasSuffix(name, ".go") {
				return err
			}
			text, err := os.ReadFile(path) //nolint:gosec // the repository's own
			if err != nil {
				return err
			}
			return t.files.WriteFile("/"+filepath.ToSlash(name), text)
		})
		if err != nil {
			return nil, err
		}
	}
	return t, nil
}

// Folders are the names of the kustomizations in a folder such as k8s/overlays.
func (t *Trees) Folders(below string) ([]string, error) {
	found, err := t.files.Glob("/" + below + "/*/kustomization.y*ml")
	if err != nil {
		return nil, err
	}
	for i, path := range found {
		found[i] = filepath.Base(filepath.Dir(path))
	}
	return found, nil
}

// Build returns what a target gives: a base or overlay with components on top of it. Paths are the
// repository's.
func (t *Trees) Build(target Target) (*Cluster, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	dir := "/" + target.Base
	if len(target.Components) > 0 {
		dir = "/build/" + target.Name()
		var text strings.Builder
		fmt.Fprintf(&text, "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- ../../%s\ncomponents:\n", target.Base)
		for _, c := range target.Components {
			fmt.Fprintf(&text, "- ../../%s\n", c)
		}
		if err := t.files.WriteFile(dir+"/kustomization.yaml", []byte(text.String())); err != nil {
			return nil, err
		}
	}
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(t.files, dir)
	if err != nil {
		return nil, err
	}
	cluster := &Cluster{Target: target}
	for _, r := range built.Resources() {
		text, err := r.AsYAML()
		if err != nil {
			return nil, err
		}
		if err := cluster.add(text); err != nil {
			return nil, err
		}
	}
	return cluster, nil
}
