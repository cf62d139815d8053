//go:build cluster

package cluster

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestKubernetes trades on plain Kubernetes while its parts are killed, replaced under load, scaled out, and the
// node restarted.
func TestKubernetes(t *testing.T) {
	deploy(t, "k8s/overlays/minikube", "group: apps, kind: Deployment")
	e := front(t)
	rolledOut(t)
	page(t, e)
	closed(t, e)
	t.Run("purchase", func(t *testing.T) { purchase(t, e, func() {}) })
	t.Run("expiry", func(t *testing.T) { expiry(t, e) })
	for _, pod := range kinds(t) {
		t.Run("without "+pod, func(t *testing.T) {
			purchase(t, e, func() {
				kubectl(t, "delete", "pod", "--selector", pod, "--grace-period=0", "--force")
			})
			rolledOut(t) // or the next would be without two
		})
	}
	t.Run("rolling update", func(t *testing.T) { rollingUpdate(t, e) })
	t.Run("scaling out", func(t *testing.T) { scalingOut(t, e) })
	t.Run("restarted node", func(t *testing.T) { restartedNode(t, e) })
}

// rolledOut waits until every pod is ready.
func rolledOut(t *testing.T) {
	t.Helper()
	await(t, "rolled out", func(ctx context.Context) error {
		for _, kind := range []string{"statefulset", "deployment"} {
			for _, object := range strings.Fields(kubectl(t, "get", kind, "--output", "name")) {
				if _, err := try(ctx, "rollout", "status", object, "--timeout=4m"); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// kinds are selectors, one for each kind of pod.
func kinds(t *testing.T) []string {
	t.Helper()
	var selectors []string
	for _, kind := range []string{"statefulset", "deployment"} {
		out := kubectl(t, "get", kind, "--output", `go-template={{range .items}}{{range $k, $v := .spec.selector.matchLabels}}{{$k}}={{$v}},{{end}}{{"\n"}}{{end}}`)
		for _, line := range strings.Fields(out) {
			selectors = append(selectors, strings.TrimSuffix(line, ","))
		}
	}
	if len(selectors) < 10 {
		t.Fatalf("only %v", selectors)
	}
	return selectors
}

// rollingUpdate replaces every pod of the services while people trade: nobody may notice.
func rollingUpdate(t *testing.T, e entrance) {
	t.Helper()
	crowd := gather(t, e, 8, (*crowd).trade)
	kubectl(t, "rollout", "restart", "deployment", "--selector", "app.kubernetes.io/component in (api, site, worker)")
	rolledOut(t)
	await(t, "old pods gone", func(ctx context.Context) error {
		leaving, err := try(ctx, "get", "pods", "--output", `go-template={{range .items}}{{if .metadata.deletionTimestamp}}{{.metadata.name}} {{end}}{{end}}`)
		return is(leaving == "", err, leaving)
	})
	crowd.home(t)
}

// scalingOut loads the tickets service until its HPA asks for more pods than it has at rest.
func scalingOut(t *testing.T, e entrance) {
	t.Helper()
	least := number(t, "{.spec.minReplicas}")
	crowd := gather(t, e, 16, (*crowd).look)
	await(t, "scaled out", func(context.Context) error {
		now := number(t, "{.status.currentReplicas}")
		return is(now > least, nil, now)
	})
	crowd.home(t)
}

func number(t *testing.T, path string) int {
	t.Helper()
	n, err := strconv.Atoi(kubectl(t, "get", "hpa", "tickets", "--output", "jsonpath="+path))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// restartedNode restarts every node by the command in RESTART_NODES, and finds again what was there before.
func restartedNode(t *testing.T, e entrance) {
	t.Helper()
	command := os.Getenv("RESTART_NODES")
	if command == "" {
		t.Fatal("RESTART_NODES is not set: a command that restarts the nodes, or `true` to leave that out")
	}
	ada := e.somebody(t)
	ticket, err := ada.Offer(t.Context(), "Kept", "1.00")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := run(t.Context(), "sh", "-c", command); err != nil {
		t.Fatal(err)
	}
	rolledOut(t)
	await(t, "kept", func(ctx context.Context) error {
		now, err := ada.Ticket(ctx, ticket.ID)
		return is(now.Title == ticket.Title, err, now)
	})
	await(t, "sign in", ada.SignIn)
	purchase(t, e, func() {})
}
