package verify

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// accepted are the complaints of kube-score that are not followed, each with its reason.
var accepted = map[string]string{
	"ImagePullPolicy is not set to Always":                     "every image has an exact version, and what a laptop has built is in no registry",
	"CPU limit is not set":                                     "it would slow down a process while its node has time to spare",
	"Ephemeral Storage (request|limit) is not set":             "root file systems are read-only, and each emptyDir has a size",
	"(with|running with|running) a? ?low (user|group) ID":      "PostgreSQL, Redis, NATS and Grafana have users of their own",
	"does not have a host podAntiAffinity set":                 "topology spread constraints do the same",
	"StatefulSet does not have a valid serviceName":            "it asks for a headless Service, and a single server is reached by its ClusterIP",
	"Deployment (few replicas|update strategy)":                "what watches the system is there once, and keeps its state in its pod",
	`(node-exporter|grafana|jaeger|adminer)/.* same readiness`: "they answer one question only",
	"NetworkPolicys selector doesn't match any pods":           "it does not see the pods that Knative, CloudNativePG and cert-manager make",
}

func TestManifests(t *testing.T) {
	t.Parallel()
	files := build(t)
	t.Run("schemas", func(t *testing.T) {
		t.Parallel()
		args := []string{"-strict", "-schema-location", schemas(t) + "/{{.Group}}/{{.ResourceKind}}-{{.ResourceAPIVersion}}.json"}
		if out, err := kubeconform.run(t, slices.Concat(args, files, []string{root + "/k8s/deployer.yaml"})...); err != nil {
			t.Error(out)
		}
	})
	t.Run("kube-score", func(t *testing.T) {
		t.Parallel()
		fine := regexp.MustCompile(strings.Join(slices.Collect(maps.Keys(accepted)), "|"))
		for _, file := range files {
			out, err := kubeScore.run(t, "score", "--output-format", "ci", "--kubernetes-version", "v1.36", file)
			if !strings.Contains(out, "[OK]") {
				t.Error(out, err) // it fails with every complaint, too
			}
			for line := range strings.Lines(out) {
				if (strings.HasPrefix(line, "[CRITICAL]") || strings.HasPrefix(line, "[WARNING]")) && !fine.MatchString(line) {
					t.Errorf("%s: %s", file, line)
				}
			}
		}
	})
	t.Run("pods", func(t *testing.T) {
		t.Parallel()
		made := secrets(t)
		for _, file := range files {
			all, made := objects(t, file), maps.Clone(made)
			for _, o := range all {
				if o.Kind == "Certificate" {
					made[o.Spec.SecretName] = []string{"ca.crt", "tls.crt", "tls.key"}
				}
			}
			for _, o := range all {
				o.check(t, made)
			}
		}
	})
}
