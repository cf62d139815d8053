package adapters_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestDependabotSeesEveryVersion: it finds images under the key `image` of a manifest, and not in a patch that is a string; and each ecosystem has its entry.
func TestDependabotSeesEveryVersion(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile(`(?m)\bimage: ["']?([\w./-]+:[\w.-]+)`)
	for path, text := range sources(t, ".yaml") {
		if !strings.Contains(path, "k8s/base/") && !strings.Contains(path, "/components/") {
			continue
		}
		var seen []string
		for document := range strings.SplitSeq("\n"+string(text), "\n---\n") {
			var manifest map[string]any
			if err := yaml.Unmarshal([]byte(document), &manifest); err == nil && manifest["apiVersion"] != nil && manifest["kind"] != nil {
				seen = append(seen, images(manifest)...)
			}
		}
		for _, image := range named.FindAllStringSubmatch(string(text), -1) {
			if !slices.Contains(seen, image[1]) {
				t.Errorf("%s: Dependabot does not see %s", path, image[1])
			}
		}
	}
	updates := read(t, filepath.Join(root, ".github/dependabot.yml"))
	for path := range sources(t, ".tf") {
		folder, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil || !strings.Contains(updates, "package-ecosystem: terraform\n    directory: /"+filepath.ToSlash(folder)+"\n") {
			t.Errorf("%s: %v; Dependabot does not see it", path, err)
		}
	}
}

// images are the values of all keys `image`.
func images(value any) (found []string) {
	switch v := value.(type) {
	case map[string]any:
		for key, child := range v {
			if image, is := child.(string); is && key == "image" {
				found = append(found, image)
			}
			found = append(found, images(child)...)
		}
	case []any:
		for _, child := range v {
			found = append(found, images(child)...)
		}
	}
	return found
}

// TestDatabasesAreOneVersion: Dependabot does not know CloudNativePG's key imageName, so its version follows that of the base's servers.
func TestDatabasesAreOneVersion(t *testing.T) {
	t.Parallel()
	version := func(file, line string) string {
		found := regexp.MustCompile(line + `([\w.-]+)`).FindStringSubmatch(read(t, filepath.Join(root, file)))
		if found == nil {
			t.Fatalf("%s has no %s", file, line)
		}
		return found[1]
	}
	base := version("k8s/base/postgres/server/server.yaml", "image: postgres:")
	if got := version("k8s/components/ha-postgres/cluster/cluster.yaml", "imageName: ghcr.io/cloudnative-pg/postgresql:"); got != base {
		t.Errorf("components/ha-postgres has PostgreSQL %s, and the base %s", got, base)
	}
}
