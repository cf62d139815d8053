// Package verify checks what no generator can promise of k8s/ and knative/: every overlay, and every component on
// its base, builds; the API server would take its form; kube-score finds nothing; Prometheus takes its rules and
// fires the alerts that it should. Where a program knows the rules, that program runs, built at a pinned version.
//
// It needs the Go module proxy at the first run, and no cluster.
package verify

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const root = "../../.."

// program is built from a Go module.
type program struct{ name, module, version, pkg, tags string }

var (
	kustomize   = program{"kustomize", "sigs.k8s.io/kustomize/kustomize/v5", "v5.8.2", ".", ""}
	kubeconform = program{"kubeconform", "github.com/yannh/kubeconform", "v0.8.0", "./cmd/kubeconform", ""}
	kubeScore   = program{"kube-score", "github.com/zegl/kube-score", "v1.20.0", "./cmd/kube-score", ""}
	promtool    = program{"promtool", "github.com/prometheus/prometheus", "v0.313.5", "./cmd/promtool", "remove_all_sd enable_kubernetes_sd"}
)

// run runs the program, which is in .data/bin or is built there: in its own module, so that no dependency of it is ours.
func (p program) run(t *testing.T, args ...string) (out string, err error) {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(root, ".data/bin", p.name+"-"+p.version))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		run(t, module(t, p.module+"@"+p.version), "env", "GOWORK=off", "go", "build", "-tags", p.tags, "-o", path, p.pkg)
	}
	text, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput()
	return string(text), err
}

// module downloads a module, and returns its folder.
func module(t *testing.T, name string) string {
	t.Helper()
	var m struct{ Dir string }
	if err := json.Unmarshal([]byte(run(t, t.TempDir(), "env", "GOWORK=off", "go", "mod", "download", "-json", name)), &m); err != nil {
		t.Fatal(err)
	}
	return m.Dir
}

// run returns what a command prints, and fails the test with all that it says if it fails.
func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, args[0], err, out, &errs)
	}
	return string(out)
}

// target is a base or an overlay, with components or without.
type target struct {
	base       string
	components []string
}

// together are components that are used with one another.
var together = []target{
	{"k8s/base", []string{"ingress-nginx", "cert-manager"}},
	{"k8s/base", []string{"gateway-api", "cert-manager", "ha-postgres", "jetstream", "keda", "external-secrets", "dispatcher", "monitoring"}},
	{"k8s/base", []string{"ha-postgres", "ha-postgres-backups", "adminer"}},
	{"k8s/base", []string{"backup", "backup-s3"}},
	{"k8s/base", []string{"jetstream", "backup", "dispatcher", "internal-tls"}},
	{"k8s/base", []string{"jetstream", "ha-postgres", "internal-tls"}},
	{"knative/base", []string{"without-eventing", "cronjobs"}},
	{"knative/overlays/minikube", []string{"../../k8s/components/monitoring"}},
}

// build writes what every base and overlay gives by itself, every component on its base, and those that go together.
func build(t *testing.T) (files []string) {
	t.Helper()
	if err := os.MkdirAll(root+"/.data", 0o750); err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp(root+"/.data", "verify")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	for _, g := range append([]target{{"k8s/base", nil}, {"knative/base", nil}}, together...) {
		files = append(files, g.build(t, dir))
	}
	folders, err := filepath.Glob(root + "/k*/[oc]*s/*/kustomization.yaml") // overlays and components
	if err != nil || len(folders) < 20 {
		t.Fatal(folders, err)
	}
	for _, path := range folders {
		g := target{base: strings.TrimPrefix(filepath.Dir(path), root+"/")}
		if tree, component, is := strings.Cut(g.base, "/components/"); is {
			g = target{tree + "/base", []string{component}}
		}
		if len(g.components) == 1 && (g.components[0] == "keda" || g.components[0] == "internal-tls") {
			g.components = []string{"jetstream", g.components[0]}
		}
		files = append(files, g.build(t, dir))
	}
	return files
}

func (g target) build(t *testing.T, dir string) (file string) {
	t.Helper()
	const up = "../../../" // from a folder of dir
	tree, _, _ := strings.Cut(g.base, "/")
	text := "kind: Kustomization\nresources: [" + up + g.base + "]\ncomponents: ["
	for _, c := range g.components {
		text += up + tree + "/components/" + c + ", "
	}
	folder := filepath.Join(dir, strings.ReplaceAll(g.base+" "+strings.Join(g.components, " "), "/", "-"))
	if err := errors.Join(os.Mkdir(folder, 0o700), os.WriteFile(folder+"/kustomization.yaml", []byte(text+"]\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if out, err := kustomize.run(t, "build", folder, "--output", folder+".yaml"); err != nil {
		t.Fatalf("%v: %s", g, out)
	}
	return folder + ".yaml"
}

// object is what is read here of a manifest.
type object struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   struct {
		Name, Namespace string
		Labels          map[string]string
	}
	Spec struct {
		Template    pod
		SecretName  string                                `yaml:"secretName"` // of a Certificate
		JobTemplate struct{ Spec struct{ Template pod } } `yaml:"jobTemplate"`
	}
	text string
}

func objects(t *testing.T, file string) []object {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []object
	for document := range strings.SplitSeq(string(text), "\n---\n") {
		o := object{text: document}
		if err := yaml.Unmarshal([]byte(document), &o); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all = append(all, o)
	}
	return all
}
