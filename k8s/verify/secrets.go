package verify

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// Secrets are settings by key, by the namespace and name of the Secret that holds them.
type Secrets map[string]map[string]string

// MakeSecrets runs k8s/scripts/secrets as for a new cluster. Nothing leaves this process.
func MakeSecrets(ctx context.Context, root string, flags, environment []string) (Secrets, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(root, "k8s/scripts/secrets"), append([]string{"--yaml", "--new"}, flags...)...) //nolint:gosec // the repository's own
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, environment...)
	var told strings.Builder
	cmd.Stderr = &told
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("k8s/scripts/secrets: %w: %s", err, told.String())
	}
	made := Secrets{}
	for text := range strings.SplitSeq(string(out), "---\n") {
		var s corev1.Secret
		if err := yaml.UnmarshalStrict([]byte(text), &s); err != nil {
			return nil, fmt.Errorf("k8s/scripts/secrets: %w", err)
		}
		if s.Name == "" {
			continue
		}
		keys := map[string]string{}
		for key, value := range s.Data {
			keys[key] = string(value)
		}
		made[s.Namespace+"/"+s.Name] = keys
	}
	return made, nil
}

// makeSecrets runs the script as the READMEs of what the cluster is made of say.
func (c *Cluster) makeSecrets(ctx context.Context) (Secrets, error) {
	var flags, environment []string
	if !slices.ContainsFunc(c.Pods(), func(p Pod) bool { return p.Command() == "stripe-sandbox" }) {
		environment = append(environment, "STRIPE_SECRET_KEY=sk_test_x", "STRIPE_WEBHOOK_SECRET=whsec_x", "STRIPE_PUBLISHABLE_KEY=pk_test_x")
	}
	if c.Find("StatefulSet", "ticketing", "nats").Kind != "" {
		flags = append(flags, "--jetstream")
	}
	if len(c.Of("Cluster")) > 0 {
		environment = append(environment, "POSTGRES_HOST={service}-postgres-rw")
	}
	if c.Find("Job", "ticketing", "migrate").Kind != "" {
		environment = append(environment, "MIGRATE_ADMIN_URL=postgres://postgres:x@db.example.com:5432/postgres", "POSTGRES_HOST=db.example.com",
			"BUS_URL=stan://ticketing:x@bus.example.com:4222/ticketing", "REDIS_URL=rediss://:x@cache.example.com:6379/0")
	}
	made, err := MakeSecrets(ctx, Root, flags, environment)
	if err != nil || c.Find("Namespace", "", "monitoring").Kind == "" {
		return made, err
	}
	more, err := MakeSecrets(ctx, Root, []string{"--monitoring"}, nil)
	maps.Copy(made, more)
	return made, err
}

// hasSecret says whether somebody makes a Secret with a key, or any if key is "": the script, or, where the cluster has them
// from a store, an ExternalSecret.
func (c *Cluster) hasSecret(namespace, name, key string) bool {
	keys, made := c.Secrets[namespace+"/"+name]
	_, has := keys[key]
	if len(c.Of("ExternalSecret")) > 0 && namespace == "ticketing" {
		made = made && c.Find("ExternalSecret", namespace, name).Kind != ""
	}
	return made && (has || key == "")
}

// secretsOf is what a pod's command finds in its Secret.
func (c *Cluster) secretsOf(p Pod) map[string]string {
	return c.Secrets[p.Owner.Namespace+"/"+p.Command()]
}
