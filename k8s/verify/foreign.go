package verify

import (
	"maps"
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Ends of connections that no manifest of ours makes.
var (
	internet = peer{name: "the internet", address: netip.MustParseAddr("203.0.113.9"), ports: numbered(22, 80, 443, 587, 4222, 5432, 6379)}
	stranger = peer{name: "a stranger", namespace: "elsewhere", labels: map[string]string{"app": "stranger"}, address: netip.MustParseAddr("10.1.2.3")}
	// A pod that cert-manager makes for a minute, to show to an authority that the host is ours.
	solver = peer{name: "the ACME solver", namespace: "ticketing", ports: numbered(8089), labels: map[string]string{"acme.cert-manager.io/http01-solver": "true"}}
	nobody = peer{name: "nobody"} // who would have a name that no Service has
	dns    = peer{name: "DNS", namespace: "kube-system", labels: map[string]string{"k8s-app": "kube-dns"}, address: netip.MustParseAddr("10.1.0.53")}
	// Knative's gateway, through which its services call one another, and what stands between it and a pod.
	kourier   = peer{name: "Kourier", namespace: "kourier-system", labels: map[string]string{"app": "3scale-kourier-gateway"}, ports: numbered(8081), trusted: true}
	activator = peer{name: "the activator", namespace: "knative-serving", labels: map[string]string{"app": "activator"}, trusted: true}
	eventing  = peer{name: "the Broker", namespace: "knative-eventing", labels: map[string]string{"eventing.knative.dev/brokerRole": "ingress"}, ports: numbered(8080), trusted: true}
)

// controllers are who sends requests on, by the class of an Ingress or a Gateway, or the Gateway's namespace.
var controllers = map[string]peer{
	"nginx":   {name: "ingress-nginx", namespace: "ingress-nginx", labels: map[string]string{"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller"}},
	"alb":     {name: "the load balancer", address: netip.MustParseAddr("10.0.0.5")},
	"eg":      {name: "Envoy Gateway", namespace: "envoy-gateway-system", labels: map[string]string{"app.kubernetes.io/name": "envoy"}},
	"gateway": {name: "the Gateway", namespace: "gateway"}, // of knative/components/gateway-api: somebody else's
}

// foreign is a pod that somebody else makes, and the Services that lead to it.
type foreign struct {
	peer
	services []string
	port     int32
	outward  []int32 // ports outside
}

// foreign are Knative's, and those that operators make of our objects.
func (c *Cluster) foreign() []foreign {
	found := []foreign{{kourier, []string{"kourier-internal"}, 8081, nil}, {eventing, []string{"broker-ingress"}, 8080, nil}}
	for _, o := range c.Of("Cluster") {
		if !strings.HasPrefix(o.APIVersion, "postgresql.cnpg.io/") {
			continue
		}
		// The labels are those of CloudNativePG 1.28 (pkg/specs/pods.go); what the Cluster says goes over them.
		labels := map[string]string{
			"cnpg.io/cluster": o.Name, "cnpg.io/podRole": "instance", "app.kubernetes.io/name": "postgresql",
			"app.kubernetes.io/instance": o.Name, "app.kubernetes.io/component": "database",
		}
		maps.Copy(labels, as[struct {
			Spec struct {
				InheritedMetadata struct{ Labels map[string]string }
			}
		}](o).Spec.InheritedMetadata.Labels)
		instance := peer{name: o.String(), namespace: o.Namespace, labels: labels, ports: []corev1.ContainerPort{
			{Name: "postgresql", ContainerPort: 5432}, {Name: "status", ContainerPort: 8000}, {Name: "metrics", ContainerPort: 9187},
		}}
		found = append(found, foreign{instance, []string{o.Name + "-rw"}, 5432, []int32{443}}) // the API server
	}
	if len(c.Of("Certificate")) > 0 {
		found = append(found, foreign{solver, []string{"acme-solver"}, 8089, nil})
	}
	return found
}

// queueProxy is the port of a pod of Knative's where requests come in.
const queueProxy = 8012

func numbered(ports ...int32) []corev1.ContainerPort {
	var all []corev1.ContainerPort
	for _, port := range ports {
		all = append(all, corev1.ContainerPort{ContainerPort: port})
	}
	return all
}
