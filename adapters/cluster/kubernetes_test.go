//go:build cluster

package cluster

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/systemtest"
)

// TestKubernetes trades on plain Kubernetes while its parts are killed, replaced under load, scaled out, and the
// node restarted.
func TestKubernetes(t *testing.T) {
	deploy(t, "k8s/overlays/minikube", "group: apps, kind: Deployment")
	rolledOut(t)
	s := front(t)
	closed(t, s)
	s.Purchase(t, s.User(t), func() {}) // which the gateway leads to every service
	t.Run("expiry", func(t *testing.T) { s.Expiry(t, s.User(t)) })
	if os.Getenv("POLICIES") == "enforced" {
		t.Run("network policies", enforcesPolicies)
	}
	t.Run("forged events", func(t *testing.T) { refusesForged(t, s, []door{onBus(t)}) })
	for _, pod := range kinds(t) {
		t.Run("without "+pod, func(t *testing.T) {
			s.Purchase(t, s.User(t), func() {
				kubectl(t, "delete", "pod", "--selector", pod, "--grace-period=0", "--force")
			})
			rolledOut(t) // or the next would be without two
		})
	}
	t.Run("databases deleted by force", func(t *testing.T) { deletedByForce(t, s) })
	t.Run("without the bus", func(t *testing.T) { withoutBus(t, s) })
	for i := range number(t, os.Getenv("UPDATES"), 1) {
		t.Run(fmt.Sprint("rolling update ", i+1), func(t *testing.T) { rollingUpdate(t, s) })
	}
	t.Run("scaling out", func(t *testing.T) { scalingOut(t, s) })
	t.Run("restarted node", func(t *testing.T) { restartedNode(t, s) })
}

// rolledOut waits until every pod is ready.
func rolledOut(t *testing.T) {
	t.Helper()
	eventually(t, "rolled out", func(ctx context.Context) error {
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

// deletedByForce takes the databases' pods away without waiting for them, again and again, while clients trade. Each time the process of before runs
// on for a moment beside that of the pod in its place: requests fail, and nothing that was confirmed may be lost.
func deletedByForce(t *testing.T, s *systemtest.System) {
	c := trading(t, s, 8, systemtest.Trade, func() {
		for range 20 {
			kubectl(t, "delete", "pod", "--selector", "app.kubernetes.io/component=database", "--grace-period=0", "--force")
			rolledOut(t)
		}
	})
	s.Eventually(t, "audit", c.Check)
}

// withoutBus takes the bus away while clients trade, for longer than any probe waits: no request may fail. What they ordered and did not pay
// expires on time all the same.
func withoutBus(t *testing.T, s *systemtest.System) {
	bus := kubectl(t, "get", "statefulset", "--selector", "app.kubernetes.io/component=bus", "--output", "name")
	servers := kubectl(t, "get", bus, "--output", "jsonpath={.spec.replicas}")
	under(t, s, 8, systemtest.Trade, func() {
		kubectl(t, "scale", bus, "--replicas=0")
		kubectl(t, "wait", "--for=delete", "pod", "--selector", "app.kubernetes.io/component=bus", "--timeout=2m")
		time.Sleep(time.Minute) // of trading
		kubectl(t, "scale", bus, "--replicas="+servers)
		rolledOut(t)
	})
	s.Expiry(t, s.User(t))
}

// rollingUpdate replaces every pod of the services while clients trade: no request may fail.
func rollingUpdate(t *testing.T, s *systemtest.System) {
	t.Helper()
	under(t, s, 8, systemtest.Trade, func() {
		kubectl(t, "rollout", "restart", "deployment", "--selector", "app.kubernetes.io/component in (api, site, worker)")
		rolledOut(t)
		s.Eventually(t, "old pods gone", func(ctx context.Context) error {
			leaving, err := try(ctx, "get", "pods", "--output", `go-template={{range .items}}{{if .metadata.deletionTimestamp}}{{.metadata.name}} {{end}}{{end}}`)
			return is(leaving == "", err, leaving)
		})
	})
}

// scalingOut loads the tickets service until its autoscaler asks for more pods than it has at rest. For that it is to ask from a tenth of a
// processor on, which a small machine can spare each pod beside the load itself.
func scalingOut(t *testing.T, s *systemtest.System) {
	t.Helper()
	ask := func(ctx context.Context, from string) error {
		_, err := try(ctx, "patch", "hpa", "tickets", "--type=json", `--patch=[{"op": "replace", "path": "/spec/metrics/0/resource/target/averageValue", "value": "`+from+`"}]`)
		return err
	}
	usual := kubectl(t, "get", "hpa", "tickets", "--output", "jsonpath={.spec.metrics[0].resource.target.averageValue}")
	t.Cleanup(func() {
		if err := ask(context.WithoutCancel(t.Context()), usual); err != nil {
			t.Error(err)
		}
	})
	least := pods(t, "{.spec.minReplicas}")
	if err := ask(t.Context(), "100m"); err != nil {
		t.Fatal(err)
	}
	under(t, s, 16, systemtest.List, func() {
		s.Eventually(t, "scaled out", func(context.Context) error {
			now := pods(t, "{.status.currentReplicas}")
			if now <= least {
				time.Sleep(5 * time.Second) // the autoscaler looks every 15 s; kubectl would take what the load needs
			}
			return is(now > least, nil, now)
		})
	})
}

// pods is a number of them, from the autoscaler of tickets.
func pods(t *testing.T, path string) int {
	t.Helper()
	return number(t, kubectl(t, "get", "hpa", "tickets", "--output", "jsonpath="+path), 0)
}

func number(t *testing.T, text string, byDefault int) int {
	t.Helper()
	if text == "" {
		return byDefault
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// restartedNode restarts every node by the command in RESTART_NODES, and finds again what was there before.
func restartedNode(t *testing.T, s *systemtest.System) {
	t.Helper()
	command := os.Getenv("RESTART_NODES")
	if command == "" {
		t.Fatal("RESTART_NODES is not set: a command that restarts the nodes, or `true` to leave that out")
	}
	order := s.Purchase(t, s.User(t), func() {})
	if _, err := run(t.Context(), "sh", "-c", command); err != nil {
		t.Fatal(err)
	}
	rolledOut(t)
	s.AwaitHolder(t, order.TicketID, order.ID)
	s.Purchase(t, s.User(t), func() {})
}
