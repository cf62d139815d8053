//go:build cluster

package verify

import (
	"bytes"
	"context"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestKubernetesAcceptsManifests asks the API server that KUBECONFIG names what it would say to every target. It makes the
// namespaces that are not there, since a dry run needs them, and nothing else. What is of a kind that the server has not is left
// out, and named.
func TestKubernetesAcceptsManifests(t *testing.T) {
	t.Parallel()
	trees, err := ReadTrees(Root)
	if err != nil {
		t.Fatal(err)
	}
	known := strings.Fields(kubectl(t, nil, "api-versions"))
	there := strings.Fields(kubectl(t, nil, "get", "namespaces", "--output", "name"))
	for _, target := range targets(t, trees) {
		cluster, err := trees.Build(target)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range cluster.Of("Namespace") {
			if name := "namespace/" + o.Name; !slices.Contains(there, name) {
				there = append(there, name)
				kubectl(t, o.Text, "apply", "--server-side", "--field-manager", "verify", "--filename", "-")
			}
		}
		t.Run(target.Name(), func(t *testing.T) { cluster.dryRun(t, known, there) })
	}
}

// dryRun applies what an API server knows of a cluster, without effect. A warning, of Pod Security for instance, is a failure.
func (c *Cluster) dryRun(t *testing.T, known, namespaces []string) {
	t.Helper()
	var manifests bytes.Buffer
	unknown := map[string]bool{}
	for _, o := range c.Objects {
		switch {
		case !slices.Contains(known, o.APIVersion):
			unknown[o.APIVersion] = true
		case o.Namespace != "" && !slices.Contains(namespaces, "namespace/"+o.Namespace): // an operator's
			unknown["namespace "+o.Namespace] = true
		default:
			manifests.WriteString("---\n")
			manifests.Write(o.Text)
			manifests.WriteByte('\n')
		}
	}
	if len(unknown) > 0 {
		t.Logf("not asked: what the server has not: %v", unknown)
	}
	kubectl(t, manifests.Bytes(), "apply", "--server-side", "--dry-run=server", "--force-conflicts", "--field-manager", "verify", "--filename", "-")
}

// nodeExporter is the warning that its namespace asks for: see exceptions.
const nodeExporter = `Warning: would violate PodSecurity "restricted:latest": restricted volume types (volumes "proc", "sys", "root" use restricted volume type "hostPath")` + "\n"

// kubectl returns what kubectl says.
func kubectl(t *testing.T, input []byte, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "kubectl", args...)
	cmd.Stdin = bytes.NewReader(input)
	var told bytes.Buffer
	cmd.Stderr = &told
	out, err := cmd.Output()
	warnings := strings.ReplaceAll(told.String(), nodeExporter, "")
	if err != nil || warnings != "" {
		t.Errorf("kubectl %s: %v\n%s", args[0], err, warnings)
	}
	return string(out)
}
