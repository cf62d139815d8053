//go:build cluster

package cluster

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/chaos/shopper"
)

const (
	namespace = "ticketing"
	root      = "../.."
	// patience is for the cluster to do what it was told: it may pull images and start databases.
	patience = 5 * time.Minute
	// hold is what the tests give an order, in minutes: time enough to wake every service and pay.
	hold = "0.5"
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
	ctx, cancel := context.WithTimeout(ctx, patience)
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

// deploy makes the secrets and applies an overlay, in which an order holds its ticket for half a minute. object is
// what the orders service runs as.
func deploy(t testing.TB, overlay, object string) {
	t.Helper()
	here, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	place, err := filepath.Rel(dir, filepath.Join(here, overlay)) // kustomize takes no other
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`resources: [%s]
patches:
  - target: {%s, name: orders}
    patch: |-
      - {op: add, path: /spec/template/spec/containers/0/env/-, value: {name: EXPIRATION_ORDER_MINUTES, value: "%s"}}
`, place, object, hold)
	if err := os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := run(t.Context(), "k8s/scripts/secrets"); err != nil {
		t.Fatal(err)
	}
	kubectl(t, "apply", "-k", dir)
}

// entrance is the system's front as the cluster shows it: a name to ask for, wherever it is.
type entrance struct {
	host      string
	transport http.RoundTripper
}

func front(t testing.TB) entrance {
	t.Helper()
	address, host := os.Getenv("FRONT"), os.Getenv("FRONT_HOST")
	if address == "" || host == "" {
		t.Fatal("FRONT (host:port of the ingress) and FRONT_HOST (the site's name) must be set")
	}
	dialer := net.Dialer{Timeout: 10 * time.Second}
	transport := &http.Transport{MaxIdleConnsPerHost: 64, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, address)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return entrance{host, transport}
}

// somebody is a new user.
func (e entrance) somebody(t testing.TB) *shopper.Shopper {
	t.Helper()
	s, err := shopper.New("http://"+e.host, e.transport)
	if err != nil {
		t.Fatal(err)
	}
	await(t, "sign up", s.SignUp)
	return s
}

// await calls what until it returns nil.
func await(t testing.TB, name string, what func(context.Context) error) {
	t.Helper()
	began := time.Now()
	if err := shopper.Await(t.Context(), patience, what); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	t.Logf("%s: after %v", name, time.Since(began).Round(time.Millisecond))
}
