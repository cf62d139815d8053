package adapters_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// inOrder checks that a text has each expression, and each of them behind the one before.
func inOrder(t *testing.T, about, text string, expressions ...string) {
	t.Helper()
	for _, e := range expressions {
		found := regexp.MustCompile(e).FindStringIndex(text)
		if found == nil {
			t.Errorf("%s lacks, in its place, %s", about, e)
			continue
		}
		text = text[found[1]:]
	}
}

// TestDocumentsStartWhatTheyStop: no autoscaler scales a Deployment up from 0, so whoever is told to stop the services is told to start them.
func TestDocumentsStartWhatTheyStop(t *testing.T) {
	t.Parallel()
	stopped := 0
	for path, text := range sources(t, ".md") {
		if at := bytes.LastIndex(text, []byte("scale deploy --all --replicas=0")); at >= 0 {
			stopped++
			inOrder(t, path, string(text[at:]), `kubectl -n ticketing scale deploy --all --replicas=[1-9]`)
		}
	}
	if stopped < 3 {
		t.Errorf("only %d documents stop the services", stopped)
	}
}

// TestDataMoves: the commands that move data to CloudNativePG, and those that restore a backup, are there in an order that works.
func TestDataMoves(t *testing.T) {
	t.Parallel()
	move := read(t, filepath.Join(root, "k8s/components/ha-postgres/README.md"))
	inOrder(t, "ha-postgres", move, `To move data`, `scale deploy --all --replicas=0`, `wait --for=delete pod`, `databases dump`, `delete statefulset`, `POSTGRES_HOST='\{service\}-postgres-rw' k8s/scripts/secrets`,
		`kubectl apply --server-side`, `wait --for=condition=Ready clusters`, `databases restore`, `scale deploy --all --replicas=2`)
	restore := read(t, filepath.Join(root, "adapters/operator/backups.md"))
	inOrder(t, "backups.md", restore, `## Restore`, `delete ingress`, `scale deploy --all --replicas=0`, `wait --for=delete pod`, `delete ksvc --all`, `wait --for=delete pod`, `databases restore`, `redis-cli FLUSHALL`, `delete pvc`,
		`T=\$\(cat backups/today/since\)`, `scale deploy --all --replicas=2`, `restore begin`, `restore announce`, `restore end`, `kubectl apply --server-side`)
	_, begun, _ := strings.Cut(restore, "## Restore")
	begun, _, _ = strings.Cut(begun, "restore end")
	for _, apply := range regexp.MustCompile(`kubectl apply --server-side.*`).FindAllString(begun, -1) {
		if !strings.Contains(apply, " -l ") {
			t.Errorf("backups.md applies the overlay, with its Ingress, before `restore end`: %s", apply)
		}
	}
	inOrder(t, "ha-postgres-backups", read(t, filepath.Join(root, "k8s/components/ha-postgres-backups/README.md")), `delete clusters`, `kubectl apply --server-side .* -l app.kubernetes.io/component=database`)
}

// TestDatabasesAreFoundByTheirRole: which pod of CloudNativePG is the primary changes with each failover.
func TestDatabasesAreFoundByTheirRole(t *testing.T) {
	t.Parallel()
	numbered := regexp.MustCompile(`[^\n]*-postgres-1\b[^\n]*`)
	for path, text := range sources(t, ".md") {
		for _, line := range numbered.FindAll(text, -1) {
			t.Errorf("%s: %s", path, line)
		}
	}
}

// TestOperatorsAreAwaited: an operator's webhook refuses everything until its pod is ready.
func TestOperatorsAreAwaited(t *testing.T) {
	t.Parallel()
	for path, text := range sources(t, ".md") {
		if strings.Contains(string(text), "/cnpg-1.") {
			inOrder(t, path, string(text), `/cnpg-1\.`, `kubectl -n cnpg-system rollout status deploy/cnpg-controller-manager`, `kubectl apply --server-side -k`)
		}
	}
	for _, place := range []string{"aws", "digitalocean"} {
		for _, install := range regexp.MustCompile(`helm upgrade --install [^\\\n]*(\\\n[^\\\n]*)*`).FindAllString(read(t, filepath.Join(root, "k8s/overlays", place, "README.md")), -1) {
			if !strings.Contains(install, "--wait") {
				t.Errorf("%s does not wait: %s", place, install)
			}
		}
	}
}

// TestAccessLogsHaveNoLinksOfMails: wherever ingress-nginx is installed, it is told the same addresses to leave out.
func TestAccessLogsHaveNoLinksOfMails(t *testing.T) {
	t.Parallel()
	_, unlogged, _ := strings.Cut(read(t, filepath.Join(root, "k8s/components/ingress-nginx/README.md")), "skip-access-log-urls=")
	unlogged, _, _ = strings.Cut(unlogged, "'")
	if !strings.HasPrefix(unlogged, "~^/(reset|") {
		t.Fatalf("the component leaves out %q", unlogged)
	}
	for _, file := range []string{"digitalocean/ingress-nginx.yaml", "kind/up"} {
		if !strings.Contains(read(t, filepath.Join(root, "k8s/overlays", file)), unlogged) {
			t.Errorf("%s does not leave out %s", file, unlogged)
		}
	}
}

// TestKindIsBroughtUpToDate: images that were built again have the tag that they had, so Deployments that are there are restarted, and new ones are not.
func TestKindIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		there     string
		restarted bool
	}{"new": {"", false}, "there": {"deployment.apps/orders", true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			said := filepath.Join(dir, "said")
			place := filepath.Join(dir, "k8s/overlays/kind")
			write := func(path, text string) {
				t.Helper()
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o700); err != nil { //nolint:gosec // a program
					t.Fatal(err)
				}
			}
			write(filepath.Join(place, "up"), read(t, filepath.Join(root, "k8s/overlays/kind/up")))
			for _, program := range []string{"bin/docker", "bin/kind", "bin/helm", "k8s/scripts/images", "k8s/scripts/secrets"} {
				write(filepath.Join(dir, program), "#!/bin/sh\n")
			}
			write(filepath.Join(dir, "bin/kubectl"), "#!/bin/sh\necho kubectl \"$@\" >>"+said+"\ncase \"$*\" in *' get deploy'*) echo '"+c.there+"' ;; esac\n")
			up := exec.CommandContext(t.Context(), filepath.Join(place, "up"))
			up.Env = append(os.Environ(), "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"))
			if out, err := up.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			did := read(t, said)
			inOrder(t, "up", did, `kubectl apply --server-side -k`, `rollout status deploy`)
			if restarted := strings.Contains(did, "rollout restart deployment.apps/orders statefulset/stripe-sandbox"); restarted != c.restarted {
				t.Errorf("restarted: %v\n%s", restarted, did)
			}
		})
	}
}
