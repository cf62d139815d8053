package adapters_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// ran is what became of a script.
type ran struct {
	out, said string
	calls     []string // of the programs in whose place something else stood, with their arguments
	err       error
}

// called returns which calls hold a text.
func (r ran) called(text string) []string {
	return slices.DeleteFunc(slices.Clone(r.calls), func(call string) bool { return !strings.Contains(call, text) })
}

// script runs a script of the repository. Each stub is a shell script in place of the program of that name.
func script(t *testing.T, stubs map[string]string, environment []string, path string, args ...string) ran {
	t.Helper()
	bin := t.TempDir()
	calls := filepath.Join(bin, "calls")
	for name, does := range stubs {
		text := "#!/bin/sh\necho \"" + name + " $*\" >>" + calls + "\n" + does + "\n"
		if err := os.WriteFile(filepath.Join(bin, name), []byte(text), 0o700); err != nil { //nolint:gosec // a program
			t.Fatal(err)
		}
	}
	said := &strings.Builder{}
	cmd := exec.CommandContext(t.Context(), filepath.Join(root, path), args...) //nolint:gosec // of the repository
	cmd.Env = append(append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH")), environment...)
	cmd.Stderr = said
	out, err := cmd.Output()
	text, _ := os.ReadFile(calls) // nothing was called: there is none
	return ran{string(out), said.String(), strings.Split(strings.TrimSpace(string(text)), "\n"), err}
}

// TestScriptsRunOnOldBash: macOS has bash 3.2, which has no maps, no changes of case, and takes an empty array for an unset variable (`"${a[@]}"` under `set -u`, which no pattern finds).
func TestScriptsRunOnOldBash(t *testing.T) {
	t.Parallel()
	newer := regexp.MustCompile(`(local|declare|typeset) -[a-z]*[Anlu]|\b(mapfile|readarray|coproc)\b|\$\{\w+(,|\^|@[A-Za-z]\})|&>>|;;?&`)
	for _, pattern := range []string{"k8s/scripts/*", "k8s/overlays/*/*", ".ci/*"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil || !strings.HasPrefix(string(text), "#!") {
				continue // a folder, or no script
			}
			if found := newer.FindString(string(text)); found != "" {
				t.Errorf("%s: %s", file, found)
			}
		}
	}
}

// TestSealGivesSecretsItsFlags: what is sealed is what k8s/scripts/secrets makes with the same flags; all others are kubeseal's.
func TestSealGivesSecretsItsFlags(t *testing.T) {
	t.Parallel()
	overlay := t.TempDir()
	write(t, filepath.Join(overlay, "kustomization.yaml"), "")
	r := script(t, map[string]string{"kubectl": "", "kubeseal": "cat"}, []string{"POSTGRES_HOST={service}-postgres-rw"},
		"k8s/scripts/seal", overlay, "--cert", "controller.pem", "--jetstream", "--new", "--tls")
	sealed, err := os.ReadFile(filepath.Join(overlay, "sealed-secrets.yaml"))
	if r.err != nil || err != nil {
		t.Fatalf("%v, %v: %s", r.err, err, r.said)
	}
	made := values(t, string(sealed))
	if bus, database := made["orders/BUS_URL"], made["orders/DATABASE_URL"]; !strings.HasPrefix(bus, "jetstream://") ||
		!strings.HasSuffix(bus, "&tls=true") || !strings.HasSuffix(database, "@orders-postgres-rw:5432/orders?sslmode=verify-full") {
		t.Errorf("%s, %s", bus, database)
	}
	if got := r.called("kubeseal"); !slices.Equal(got, []string{"kubeseal --format yaml --cert controller.pem"}) {
		t.Error(got)
	}
	r = script(t, map[string]string{"kubectl": "", "kubeseal": "cat"}, nil, "k8s/scripts/seal", overlay, "--event-keys", "drop")
	if r.err == nil || !strings.Contains(r.said, "--event-keys drop: there are 1 keys") {
		t.Errorf("%v: %s", r.err, r.said)
	}
}

// TestDigestsOfAllImages: a list that could not be made leaves the file as it was, in place of one without our images.
func TestDigestsOfAllImages(t *testing.T) {
	t.Parallel()
	for program, stub := range map[string]string{"cut": "exit 1", "awk": `[ "$1" != "{print \$2}" ] || exit 1; exec /usr/bin/awk "$@"`} {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			overlay := t.TempDir()
			file := filepath.Join(overlay, "kustomization.yaml")
			write(t, file, "resources: [x]\n")
			stubs := map[string]string{"crane": "echo sha256:1", "go": "exit 1", program: stub}
			r := script(t, stubs, []string{"CRANE=crane"}, "k8s/scripts/update-digests", "1", overlay)
			text, err := os.ReadFile(file)
			if r.err == nil || err != nil || string(text) != "resources: [x]\n" {
				t.Errorf("%v, %v: %s", r.err, err, text)
			}
		})
	}
}

// TestKindFindsItsCluster: also where kind has others to tell of, after their reader has left.
func TestKindFindsItsCluster(t *testing.T) {
	t.Parallel()
	stubs := map[string]string{"docker": "", "helm": "", "kubectl": "", "go": "echo arm64", "kind": "[ $1 != get ] || { echo ticketing; yes other | head -n 100000; }"}
	if r := script(t, stubs, nil, "k8s/overlays/kind/up"); r.err != nil || len(r.called("kind create")) > 0 {
		t.Errorf("%v: %v\n%s", r.err, r.called("kind"), r.said)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
