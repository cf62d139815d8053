package verify

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/dispatcher"
	"github.com/gittix/ticketing/adapters/knative"
	"github.com/gittix/ticketing/adapters/migrate"
	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/config"
)

// pod is what is read here of a template of pods.
type pod struct {
	Spec struct {
		Security   security `yaml:"securityContext"`
		Grace      int      `yaml:"terminationGracePeriodSeconds"`
		Containers []struct {
			Image        string
			Command      []string
			VolumeMounts []mount  `yaml:"volumeMounts"`
			Security     security `yaml:"securityContext"`
			Readiness    struct {
				Period   int `yaml:"periodSeconds"`
				Failures int `yaml:"failureThreshold"`
			} `yaml:"readinessProbe"`
			Env []struct {
				Name, Value string
				From        struct {
					Secret struct{ Name, Key string } `yaml:"secretKeyRef"`
				} `yaml:"valueFrom"`
			}
		}
		Volumes []struct {
			HostPath any `yaml:"hostPath"`
			Secret   struct {
				Name     string `yaml:"secretName"`
				Optional bool
			}
		}
	}
}

type mount struct {
	Name string
	Path string `yaml:"mountPath"`
}

type security struct {
	NonRoot    bool                    `yaml:"runAsNonRoot"`
	Escalation *bool                   `yaml:"allowPrivilegeEscalation"`
	Seccomp    struct{ Type string }   `yaml:"seccompProfile"`
	Has        struct{ Drop []string } `yaml:"capabilities"`
}

// image is one of a program of ours; runtime, what Go's own runtime and OpenTelemetry's read.
var (
	image   = regexp.MustCompile(`/ticketing/([a-z-]+)[:@]`)
	runtime = regexp.MustCompile(`^(GOMEMLIMIT|GOMAXPROCS|SSL_CERT_DIR|OTEL_[A-Z_]+)$`)
)

// gateways is how long one may go on sending requests to a pod that is not ready. Traefik learns of it in up to 2 s, and later where
// the node is busy; unlike others, its provider for ingress-nginx does not mind that the pod is terminating.
const gateways = 10 * time.Second

// check: a pod is as restricted as its namespace demands, which the API server says only when it makes the pod; its
// secrets are those that k8s/scripts/secrets makes; a program of ours reads each variable, and none of them is a secret.
func (o object) check(t *testing.T, made map[string][]string) {
	t.Helper()
	spec, about := o.Spec.Template.Spec, o.Kind+" "+o.Metadata.Name
	if o.Kind == "CronJob" {
		spec = o.Spec.JobTemplate.Spec.Template.Spec
	}
	for _, v := range spec.Volumes {
		if v.Secret.Name != "" && !v.Secret.Optional && made[v.Secret.Name] == nil {
			t.Errorf("%s: there is no Secret %s", about, v.Secret.Name)
		}
		if v.HostPath != nil && o.Metadata.Name != "node-exporter" { // whose namespace allows it
			t.Errorf("%s mounts %v of its node", about, v.HostPath)
		}
	}
	for _, c := range spec.Containers {
		if one, all := c.Security, spec.Security; !one.NonRoot && !all.NonRoot || one.Seccomp.Type+all.Seccomp.Type != "RuntimeDefault" ||
			one.Escalation == nil || *one.Escalation || !slices.Contains(one.Has.Drop, "ALL") {
			t.Errorf("%s is not restricted", about)
		}
		var known []config.Setting
		if name := image.FindStringSubmatch(c.Image); name != nil {
			known = settings(name[1], o.Kind == "Service")
		}
		for _, e := range c.Env {
			if from := e.From.Secret; from.Name != "" && !slices.Contains(made[from.Name], from.Key) {
				t.Errorf("%s: the Secret %s has no %s", about, from.Name, from.Key)
			}
			if e.Name == "DRAIN_DELAY" {
				if drain, err := time.ParseDuration(e.Value); err != nil || drain < time.Duration(c.Readiness.Failures+1)*time.Duration(c.Readiness.Period)*time.Second+gateways {
					t.Errorf("%s: DRAIN_DELAY %s is over before its readiness probe has failed %d times, every %d s, and gateways know", about, e.Value, c.Readiness.Failures, c.Readiness.Period)
				}
			}
			if e.Name == "SHUTDOWN_TIMEOUT" {
				if most, err := time.ParseDuration(e.Value); err != nil || most.Seconds() >= float64(spec.Grace) {
					t.Errorf("%s: SHUTDOWN_TIMEOUT %s is not below terminationGracePeriodSeconds %d", about, e.Value, spec.Grace)
				}
			}
			if i := slices.IndexFunc(known, func(s config.Setting) bool { return s.Name == e.Name }); known == nil || runtime.MatchString(e.Name) {
				continue
			} else if i < 0 || known[i].Secret {
				t.Errorf("%s: %s is a secret, or no setting of %s", about, e.Name, c.Image)
			}
		}
	}
}

// settings are those that a program of ours reads; none if that is not known.
func settings(program string, onKnative bool) []config.Setting {
	var platform any = process.Settings{}
	if onKnative {
		platform = knative.Settings{}
	}
	known := map[string][]config.Setting{"dispatcher": config.Settings(dispatcher.Settings{}), "migrate": config.Settings(migrate.Settings{})}
	for _, s := range functions.Services() {
		known[s.Name] = config.Settings(platform, s.Settings)
	}
	return known[program]
}

// secrets are the keys of all Secrets that k8s/scripts/secrets can make, by name.
func secrets(t *testing.T) map[string][]string {
	t.Helper()
	const script = root + "/k8s/scripts/secrets"
	made := map[string][]string{}
	for line := range strings.Lines(run(t, ".", "env", "MIGRATE_ADMIN_URL=x", script, "--dry-run") + run(t, ".", script, "--dry-run", "--monitoring")) {
		name, keys, _ := strings.Cut(line, ":")
		made[name] = strings.Fields(keys)
	}
	return made
}

// TestFilesHoldNoSecrets: what is encrypted may lie in the repository, and what is not may not.
func TestFilesHoldNoSecrets(t *testing.T) {
	t.Parallel()
	const secret = `-----BEGIN [A-Z ]*PRIVATE KEY|[srp]k_live_\w|sk_test_\w{16}|whsec_\w{16}|AKIA[0-9A-Z]{16}|gh[pousr]_\w{30}|xox[abprs]-\w{10}|eyJ[\w-]{10,}\.eyJ|[a-z]+://[^ :/@$]+:[A-Za-z0-9]{12,}@`
	out, err := exec.CommandContext(t.Context(), "git", "-C", root, "grep", "-nE", "-e", secret, "--", "k8s", "knative").CombinedOutput()
	if len(out) > 0 || err == nil { // it fails if it finds nothing
		t.Errorf("%v: %s", err, out)
	}
}
