//go:build cluster

package verify

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// ours are the namespaces of the manifests. They get another name, so that what runs in a cluster is not in the way.
var ours = regexp.MustCompile(`(?m)^( +namespace: )(ticketing|monitoring|monitoring-nodes)$`)

// nodeExporter is the only warning that is expected: it mounts its node's files.
var nodeExporter = regexp.MustCompile(`Warning: would violate PodSecurity "restricted:latest": restricted volume types \(volumes "proc", "sys", "root" .*\n`)

// TestKubernetesAcceptsManifests asks the API server that KUBECONFIG names what it would say to every target. What is of
// a kind or in a namespace that the cluster does not have is left out. A warning, of Pod Security for instance, is a failure.
func TestKubernetesAcceptsManifests(t *testing.T) {
	t.Parallel()
	versions := strings.Fields(kubectl(t, "", "api-versions"))
	there := strings.Fields(kubectl(t, "", "get", "namespaces", "--output", "name"))
	for _, file := range build(t) {
		var first, rest strings.Builder // Knative tries a pod with its ServiceAccount, so that has to be there
		for _, o := range objects(t, file) {
			text := ours.ReplaceAllString(o.text, "${1}dry-run-${2}") + "\n---\n"
			namespace := o.Metadata.Namespace
			switch isOurs := ours.MatchString(" namespace: " + namespace); {
			case o.Kind == "Namespace":
				name := "dry-run-" + o.Metadata.Name
				first.WriteString(strings.Replace(text, "\n  name: "+o.Metadata.Name+"\n", "\n  name: "+name+"\n", 1))
				t.Cleanup(func() { kubectl(t, "", "delete", "namespace", name, "--ignore-not-found", "--wait=false") })
			case o.Kind == "ServiceAccount" && isOurs:
				first.WriteString(text)
			case !slices.Contains(versions, o.APIVersion), namespace != "" && !isOurs && !slices.Contains(there, "namespace/"+namespace):
				t.Logf("%s: the cluster does not have %s of %s in %s", file, o.Kind, o.APIVersion, namespace)
			default:
				rest.WriteString(text)
			}
		}
		kubectl(t, first.String(), "apply", "--server-side", "--field-manager", "verify", "--filename", "-")
		kubectl(t, rest.String(), "apply", "--server-side", "--dry-run=server", "--force-conflicts", "--field-manager", "verify", "--filename", "-")
	}
}

func kubectl(t *testing.T, input string, args ...string) string {
	t.Helper()
	cmd := exec.Command("kubectl", args...)
	cmd.Stdin = strings.NewReader(input)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if warnings := nodeExporter.ReplaceAllString(said.String(), ""); err != nil || warnings != "" {
		t.Errorf("kubectl %s: %v\n%s", args[0], err, warnings)
	}
	return string(out)
}
