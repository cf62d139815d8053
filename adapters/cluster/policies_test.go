//go:build cluster

package cluster

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const stranger = "stranger" // whose pod has no label that a policy knows

// enforcesPolicies connects from a pod with the labels of each service, and from a stranger's in the namespace and in another one, to what
// the system is made of. Each reaches what it needs and nothing else. Its cluster must enforce network policies.
func enforcesPolicies(t *testing.T) {
	services := strings.Fields(kubectl(t, "get", "deployment", "--output", `go-template={{range .items}}{{.metadata.name}} {{end}}`))
	if len(services) < 7 {
		t.Fatalf("only %v", services)
	}
	var want []string // lines "who reaches what"
	bus, err := url.Parse(secret(t, "dispatcher", "BUS_URL"))
	if err != nil {
		t.Fatal(err)
	}
	targets := []string{bus.Host, "redis:6379", "stripe-sandbox:80"}
	for _, s := range services {
		if s != "expiration" { // which nothing calls but the bus
			targets = append(targets, s+":80")
		}
		if s != "client" {
			want = append(want, s+" reaches "+bus.Host)
		}
		if s != "client" && s != "expiration" {
			targets = append(targets, s+"-postgres:5432")
			want = append(want, s+" reaches "+s+"-postgres:5432", "client reaches "+s+":80")
		}
	}
	want = append(want, "client reaches stripe-sandbox:80", "payments reaches stripe-sandbox:80", "expiration reaches redis:6379")
	slices.Sort(want)

	var script strings.Builder
	for _, target := range targets {
		host, port, _ := strings.Cut(target, ":")
		fmt.Fprintf(&script, "(busybox nc -w 3 %s.%s.svc.cluster.local %s </dev/null >/dev/null && echo %s) & ", host, namespace, port, target)
	}
	eventually(t, "policies", func(context.Context) error { // a pod's begin to hold a moment after it runs
		got := reached(t, "default", stranger, script.String())
		for _, s := range append(services, stranger) {
			got = append(got, reached(t, namespace, s, script.String())...)
		}
		slices.Sort(got)
		return is(slices.Equal(got, want), nil, fmt.Sprintf("\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n")))
	})
}

// reached returns what a script says from a pod that has a service's name, and takes no requests.
func reached(t *testing.T, where, name, script string) (lines []string) {
	t.Helper()
	pod := "probe-" + name
	label := fmt.Sprintf("{app.kubernetes.io/name: %s}", name)
	if name == stranger {
		label = "{}"
	}
	file := filepath.Join(t.TempDir(), "pod.yaml")
	manifest := fmt.Sprintf(`apiVersion: v1
kind: Pod
metadata: {name: %s, namespace: %s, labels: %s}
spec:
  terminationGracePeriodSeconds: 0
  securityContext: {runAsNonRoot: true, runAsUser: 65534, seccompProfile: {type: RuntimeDefault}}
  containers:
    - name: probe
      image: busybox:1.37.0
      command: [sleep, "600"]
      readinessProbe: {exec: {command: ["false"]}}
      securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
`, pod, where, label)
	if err := os.WriteFile(file, []byte(manifest), 0o600); err != nil {
		t.Fatal(err)
	}
	on := func(ctx context.Context, args ...string) (string, error) {
		return run(ctx, "kubectl", append([]string{"--namespace", where}, args...)...)
	}
	if _, err := on(t.Context(), "apply", "--filename", file); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if _, err := on(context.WithoutCancel(t.Context()), "delete", "pod", pod, "--grace-period=0", "--force"); err != nil {
			t.Error(err)
		}
	}()
	if _, err := on(t.Context(), "wait", "--for=jsonpath={.status.phase}=Running", "pod/"+pod); err != nil {
		t.Fatal(err)
	}
	said, err := on(t.Context(), "exec", pod, "--", "sh", "-c", script+"wait")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(said) {
		lines = append(lines, name+" reaches "+strings.TrimSpace(line))
	}
	return lines
}
