//go:build cluster

package cluster

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/adaptertest"
	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/config"
)

const (
	namespace = "ticketing"
	root      = "../.."
	// timeout is for the cluster to do what it was told: it may pull images and start databases.
	timeout = 5 * time.Minute
	// hold is what the tests give an order, in minutes: time enough to wake every service, or to replace a database, and pay.
	hold = "1"
)

// kubectl runs kubectl, and ends the test if it fails.
func kubectl(t testing.TB, args ...string) string {
	t.Helper()
	out, err := try(t.Context(), args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// try runs kubectl in the namespace and returns what it says.
func try(ctx context.Context, args ...string) (string, error) {
	return run(ctx, "kubectl", append([]string{"--namespace", namespace}, args...)...)
}

// run runs a program from the repository's root.
func run(ctx context.Context, program string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = root
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", program, strings.Join(args, " "), err, errs.Bytes())
	}
	return strings.TrimSpace(string(out)), nil
}

// deploy makes the secrets and applies an overlay, in which an order holds its ticket for a minute and few users may do much: until
// the test ends. object is what a service runs as. BUS=jetstream adds that component.
func deploy(t testing.TB, overlay, object string) {
	t.Helper()
	here, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	place, err := filepath.Rel(dir, here) // kustomize takes no other
	if err != nil {
		t.Fatal(err)
	}
	secrets, lasting := []string{}, fmt.Sprintf("resources: [%s/%s]\n", place, overlay)
	if os.Getenv("BUS") == "jetstream" {
		secrets, lasting = append(secrets, "--jetstream"), lasting+fmt.Sprintf("components: [%s/k8s/components/jetstream]\n", place)
	}
	text := fmt.Sprintf("%spatches:\n  - target: {%s, labelSelector: app.kubernetes.io/component=api}\n    patch: |-\n", lasting, object)
	for name, value := range systemtest.Unlimited().With(config.Values{"EXPIRATION_ORDER_MINUTES": hold}) {
		text += fmt.Sprintf("      - {op: add, path: /spec/template/spec/containers/0/env/-, value: {name: %s, value: %q}}\n", name, value)
	}
	if _, err := run(t.Context(), "k8s/scripts/secrets", secrets...); err != nil {
		t.Fatal(err)
	}
	apply := func(ctx context.Context, kustomization string) error {
		if err := os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte(kustomization), 0o600); err != nil {
			return err
		}
		_, err := try(ctx, "apply", "--server-side", "-k", dir)
		return err
	}
	if err := apply(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := apply(context.WithoutCancel(t.Context()), lasting); err != nil {
			t.Error(err)
		}
	})
}

// front returns the system as the cluster shows it: at a name, wherever that is.
func front(t testing.TB) *systemtest.System {
	t.Helper()
	address, host := os.Getenv("FRONT"), os.Getenv("FRONT_HOST")
	if address == "" || host == "" {
		t.Fatal("FRONT (host:port of the ingress) and FRONT_HOST (the site's name) must be set")
	}
	s := systemtest.At(t, "http://"+host, address, timeout)
	s.Eventually(t, "first page", func(ctx context.Context) error {
		status, page, err := s.Visitor().Send(ctx, "GET", "/", "", nil)
		return is(status == http.StatusOK && strings.Contains(string(page), "<html"), err, status)
	})
	return s
}

// eventually waits for the cluster.
func eventually(t testing.TB, what string, ready func(context.Context) error) {
	t.Helper()
	if err := adaptertest.Await(t.Context(), timeout, ready); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// closed checks that the front leads to no door that is for the platform alone.
func closed(t testing.TB, s *systemtest.System) {
	t.Helper()
	for _, path := range []string{"/events/copy-ticket", "/schedules/sweep-overdue", "/metrics", "/"} {
		status, _, err := s.Visitor().Send(t.Context(), "POST", path, "{}", http.Header{"Content-Type": {"application/cloudevents+json"}})
		if err != nil || status != http.StatusNotFound && status != http.StatusMethodNotAllowed {
			t.Errorf("POST %s: %d, %v", path, status, err)
		}
	}
}

// under runs clients while something is done. None of their requests may fail, and nothing of what was confirmed to
// them may be lost.
func under(t *testing.T, s *systemtest.System, clients int, act systemtest.Act, do func()) {
	t.Helper()
	c := trading(t, s, clients, act, do)
	failed := c.Failed()
	for _, f := range failed[:min(len(failed), 20)] {
		t.Logf("%s to %s: %v", f.Asked.UTC().Format(clock), f.Answered.UTC().Format(clock), f.Err)
	}
	if len(failed) > 0 {
		t.Errorf("%d requests failed; the last events:\n%s", len(failed), kubectl(t, "get", "events", "--sort-by=.lastTimestamp"))
	}
	s.Eventually(t, "audit", c.Check)
}

// clock is how failures are timed, to be compared with the logs.
const clock = "15:04:05.000"

// trading runs clients while something is done, and returns them stopped.
func trading(t *testing.T, s *systemtest.System, clients int, act systemtest.Act, do func()) *systemtest.Clients {
	t.Helper()
	c := s.StartClients(t, clients, act)
	do()
	c.Stop()
	t.Logf("%d requests, %d failed; confirmed: %+v", c.Requests.Load(), c.Failures.Load(), c.Confirmed())
	return c
}

// is returns err, or that something is not so yet.
func is(so bool, err error, state any) error {
	if err == nil && !so {
		err = fmt.Errorf("it is %+v", state)
	}
	return err
}
