//go:build cluster

package cluster

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/systemtest"
)

// TestKnative sells a ticket, loses the pods of orders and of its database in between, and lets an order expire, all
// from zero: requests wake the services, and events the consumers, through Broker and Triggers.
func TestKnative(t *testing.T) {
	tradeAsleep(t, "knative/overlays/minikube", func(t *testing.T) []door {
		return []door{onBus(t), atConsumer(t), at("Broker", "http://"+forward(t, "knative-eventing", "service/broker-ingress", "80")+"/"+namespace+"/default", http.StatusAccepted, http.StatusAccepted)}
	}, "ksvc", "broker", "trigger", "sinkbinding")
}

// TestKnativeWithoutEventing: the same, and the dispatcher brings the events itself.
func TestKnativeWithoutEventing(t *testing.T) {
	tradeAsleep(t, "knative/overlays/minikube-without-eventing", func(t *testing.T) []door { return []door{onBus(t), atConsumer(t)} }, "ksvc")
}

// atConsumer is the address to which Triggers, and the dispatcher, bring the payments of orders.
func atConsumer(t *testing.T) door {
	t.Helper()
	revision := kubectl(t, "get", "ksvc", "orders", "--output", "jsonpath={.status.latestReadyRevisionName}")
	address := forward(t, namespace, "service/"+revision+"-private", "80")
	return at("consumer", "http://"+address+"/events/complete-order", http.StatusOK, http.StatusUnprocessableEntity)
}

// tradeAsleep trades on an overlay whose services sleep, as soon as the objects of these kinds are ready. Doors are those to its events.
func tradeAsleep(t *testing.T, overlay string, doors func(*testing.T) []door, kinds ...string) {
	t.Helper()
	deploy(t, overlay, "group: serving.knative.dev, kind: Service")
	for _, kind := range kinds {
		ready(t, kind)
	}
	s := front(t)
	asleep(t, s)
	t.Run("purchase", func(t *testing.T) {
		s.Purchase(t, s.User(t), func() {
			kubectl(t, "delete", "pod", "--selector", "serving.knative.dev/service=orders", "--grace-period=0", "--force")
			kubectl(t, "delete", "pod", "orders-postgres-0", "--grace-period=0", "--force")
		})
	})
	asleep(t, s)
	t.Run("expiry", func(t *testing.T) { s.Expiry(t, s.User(t)) })
	closed(t, s)
	t.Run("forged events", func(t *testing.T) {
		s.Reserve(t, s.User(t), "42.50") // wakes orders
		refusesForged(t, s, doors(t))
	})
	if log := kubectl(t, "logs", "deployment/dispatcher", "--tail=-1"); strings.Contains(log, `"level":"ERROR"`) {
		t.Errorf("the dispatcher had errors:\n%s", log)
	}
}

// ready waits until all objects of a kind are.
func ready(t *testing.T, kind string) {
	t.Helper()
	eventually(t, kind+"s ready", func(ctx context.Context) error {
		_, err := try(ctx, "wait", kind, "--all", "--for=condition=Ready", "--timeout=30s")
		return err
	})
}

// asleep waits until no service has a pod but the front, which does not sleep.
func asleep(t *testing.T, s *systemtest.System) {
	t.Helper()
	s.Eventually(t, "asleep", func(ctx context.Context) error {
		pods, err := try(ctx, "get", "pods", "--selector", "serving.knative.dev/service,serving.knative.dev/service!=front",
			"--field-selector=status.phase=Running", "--output", "name")
		return is(pods == "", err, pods)
	})
}
