package verify

import (
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// needs are the components without which another has no meaning.
var needs = map[string][]string{
	"k8s/components/keda": {"k8s/components/jetstream"},
}

// together are components that are often together.
var together = []Target{
	{"k8s/base", []string{"k8s/components/ingress-nginx", "k8s/components/cert-manager"}},
	{"k8s/base", []string{"k8s/components/gateway-api", "k8s/components/cert-manager"}},
	{"k8s/base", []string{"k8s/components/ha-postgres", "k8s/components/adminer"}},
	{"k8s/base", []string{"k8s/components/ha-postgres", "k8s/components/dispatcher"}},
	{"k8s/base", []string{"k8s/components/jetstream", "k8s/components/dispatcher"}},
	{"k8s/base", []string{
		"k8s/components/gateway-api", "k8s/components/cert-manager", "k8s/components/ha-postgres", "k8s/components/jetstream", "k8s/components/keda",
		"k8s/components/external-secrets", "k8s/components/dispatcher", "k8s/components/monitoring",
	}},
	{"knative/base", []string{"knative/components/without-eventing", "knative/components/cronjobs"}},
	{"knative/overlays/minikube", []string{"k8s/components/monitoring"}},
}

// targets are all that is built: every base and overlay as it is, every component on its base, and some together.
func targets(t *testing.T, trees *Trees) []Target {
	t.Helper()
	found := slices.Clone(together)
	for _, tree := range []string{"k8s", "knative"} {
		base := tree + "/base"
		found = append(found, Target{Base: base})
		overlays, err := trees.Folders(tree + "/overlays")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range overlays {
			found = append(found, Target{Base: tree + "/overlays/" + name})
		}
		components, err := trees.Folders(tree + "/components")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range components {
			name = tree + "/components/" + name
			found = append(found, Target{base, append(slices.Clone(needs[name]), name)})
		}
	}
	return found
}

func TestManifests(t *testing.T) {
	t.Parallel()
	trees, err := ReadTrees(Root)
	if err != nil {
		t.Fatal(err)
	}
	schemas := schemas(t)
	var mu sync.Mutex
	used := map[string]bool{}
	t.Run("targets", func(t *testing.T) {
		for _, target := range targets(t, trees) {
			t.Run(target.Name(), func(t *testing.T) {
				t.Parallel()
				cluster, err := trees.Build(target)
				if err != nil {
					t.Fatal(err)
				}
				if cluster.Secrets, err = cluster.makeSecrets(t.Context()); err != nil {
					t.Fatal(err)
				}
				for _, o := range cluster.Objects {
					if err := schemas.Check(o); err != nil {
						t.Error(err)
					}
				}
				excepted := map[string]bool{}
				for _, r := range rules() {
					for _, complaint := range r.complaints(cluster, excepted) {
						t.Error(complaint)
					}
				}
				mu.Lock()
				defer mu.Unlock()
				for e := range excepted {
					used[e] = true
				}
			})
		}
	})
	for e := range exceptions {
		if !used[e] {
			t.Errorf("nothing needs the exception %q any more", e)
		}
	}
}

// TestFoldersAreBuilt: a folder of an overlay or component without a kustomization would be built by nobody.
func TestFoldersAreBuilt(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"k8s/overlays/*", "k8s/components/*", "knative/overlays/*", "knative/components/*"} {
		folders, err := filepath.Glob(filepath.Join(Root, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, folder := range folders {
			if _, err := os.Stat(filepath.Join(folder, "kustomization.yaml")); err != nil {
				t.Errorf("%s has no kustomization.yaml", folder)
			}
			if _, err := os.Stat(filepath.Join(folder, "README.md")); err != nil {
				t.Errorf("%s has no README.md", folder)
			}
		}
	}
}
