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

// aside is put before the names of the namespaces, so that what runs in a cluster is neither asked nor in the way.
const aside = "dry-run-"

// TestKubernetesAcceptsManifests asks the API server that KUBECONFIG names what it would say to every target, each in a
// namespace like its own, which is removed in the end. What is of a kind that the server has not is left out, and named.
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
			name := "namespace/" + aside + o.Name
			if slices.Contains(there, name) {
				continue
			}
			there = append(there, name)
			text := bytes.ReplaceAll(o.Text, []byte(`"name":"`+o.Name+`"`), []byte(`"name":"`+aside+o.Name+`"`))
			kubectl(t, text, "apply", "--server-side", "--field-manager", "verify", "--filename", "-")
			t.Cleanup(func() {
				if out, err := exec.Command("kubectl", "delete", name, "--wait=false").CombinedOutput(); err != nil {
					t.Errorf("%v: %s", err, out)
				}
			})
		}
		for _, o := range cluster.Of("ServiceAccount") { // Knative tries a pod with it
			if text, own := cluster.moved(o); own {
				kubectl(t, text, "apply", "--server-side", "--field-manager", "verify", "--filename", "-")
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
		text, own := c.moved(o)
		switch {
		case o.Kind == "Namespace": // it is there
			continue
		case !slices.Contains(known, o.APIVersion):
			unknown[o.APIVersion] = true
			continue
		case o.Namespace != "" && !own && !slices.Contains(namespaces, "namespace/"+o.Namespace): // an operator's
			unknown["namespace "+o.Namespace] = true
			continue
		}
		manifests.WriteString("---\n")
		manifests.Write(text)
		manifests.WriteByte('\n')
	}
	if len(unknown) > 0 {
		t.Logf("not asked: what the server has not: %v", unknown)
	}
	kubectl(t, manifests.Bytes(), "apply", "--server-side", "--dry-run=server", "--force-conflicts", "--field-manager", "verify", "--filename", "-")
}

// moved returns an object as it would stand aside, and whether it is in a namespace of the cluster's own.
func (c *Cluster) moved(o Object) ([]byte, bool) {
	if c.Find("Namespace", "", o.Namespace).Name == "" {
		return o.Text, false
	}
	return bytes.ReplaceAll(o.Text, []byte(`"namespace":"`+o.Namespace+`"`), []byte(`"namespace":"`+aside+o.Namespace+`"`)), true
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
