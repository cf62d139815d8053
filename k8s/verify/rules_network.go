package verify

import (
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

// networkRules hold the NetworkPolicies to what the pods are told to call.
var networkRules = []rule{
	{"default deny", func(c *Cluster, wrong complain) {
		for _, p := range c.Pods() {
			for _, way := range []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress} {
				if !slices.ContainsFunc(c.policies(), func(n networkingv1.NetworkPolicy) bool {
					return n.Namespace == p.Owner.Namespace && len(n.Spec.PodSelector.MatchLabels)+len(n.Spec.PodSelector.MatchExpressions) == 0 && slices.Contains(n.Spec.PolicyTypes, way)
				}) {
					wrong(p, "its namespace %s has no policy that denies all %s", p.Owner.Namespace, way)
				}
			}
		}
	}},
	{"connections", func(c *Cluster, wrong complain) {
		needed := c.connections()
		inside, outside := c.peers()
		for _, from := range slices.Concat(inside, outside) {
			reachable := inside
			if slices.ContainsFunc(inside, from.is) {
				reachable = slices.Concat(inside, outside, []peer{internet})
			}
			for _, to := range reachable {
				for _, port := range to.ports {
					may := c.permits(from, to, port.ContainerPort, corev1.ProtocolTCP)
					switch must := needed[connection{from.name, to.name, port.ContainerPort}]; {
					case must && !may && to.is(internet) && c.Target.OnKnative() && !c.Target.IsOverlay(): // it says what is outside
					case must && !may:
						wrong(from.name, "cannot reach %s on port %d", to.name, port.ContainerPort)
					case may && !must && !from.is(to) && !from.trusted && !to.trusted && !(to.is(internet) && c.byPort(needed, from, port.ContainerPort)):
						wrong(from.name, "may reach %s on port %d, which nothing tells it to", to.name, port.ContainerPort)
					}
				}
			}
		}
		for _, p := range c.Pods() {
			for _, s := range c.servers(p) {
				if to, _ := c.resolve(p.Owner.Namespace, s); to.is(nobody) && c.Target.IsOverlay() {
					wrong(p, "is told to call %s on port %d, which is not there", s.host, s.port)
				}
			}
			if len(c.servers(p)) > 0 {
				c.mayAskDNS(peerOf(p), wrong)
			}
		}
		for _, f := range c.foreign() {
			if len(f.outward) > 0 {
				c.mayAskDNS(f.peer, wrong)
			}
		}
	}},
}

func (c *Cluster) mayAskDNS(p peer, wrong complain) {
	for _, protocol := range []corev1.Protocol{corev1.ProtocolUDP, corev1.ProtocolTCP} {
		if !c.permits(p, dns, 53, protocol) {
			wrong(p.name, "cannot ask DNS by %s", protocol)
		}
	}
}

// connection is one that somebody opens.
type connection struct {
	from, to string
	port     int32
}

// call is a connection that a file says.
type call struct{ from, to, port string }

// calls are those of programs that are not ours, and are configured by files: from, to (by app.kubernetes.io/name, or ""
// for every pod), and the port's name or number.
var calls = []call{
	{"prometheus", "", "metrics"},
	{"prometheus", "alertmanager", "http"},
	{"prometheus", "grafana", "http"},
	{"prometheus", "kube-state-metrics", "http"},
	{"grafana", "prometheus", "http"},
	{"grafana", "jaeger", "http"},
	{"adminer", "postgres", "5432"},
	{"adminer", "postgresql", "5432"}, // CloudNativePG's
}

// outward are the ports outside that programs call which are not ours, by app.kubernetes.io/name. The API server is
// outside, too: no manifest knows its address.
var outward = map[string][]int32{
	"alertmanager":       {443, 587}, // whoever is to be told
	"prometheus":         {443},
	"kube-state-metrics": {443},
}

// peers are the pods of our namespaces, whoever makes them, and others' that call them or are called.
func (c *Cluster) peers() (inside, outside []peer) {
	for _, p := range c.Pods() {
		inside = append(inside, peerOf(p))
	}
	outside = append(outside, activator, stranger)
	for _, f := range c.foreign() {
		if c.Find("Namespace", "", f.namespace).Kind != "" {
			inside = append(inside, f.peer)
		} else {
			outside = append(outside, f.peer)
		}
	}
	for _, e := range c.entrances() {
		if !slices.ContainsFunc(slices.Concat(inside, outside), e.is) {
			outside = append(outside, e.peer)
		}
	}
	return inside, outside
}

// byPort says whether a pod on Knative calls a port of whoever has it: servers there may be somebody else's, so the
// policies name the port and not the server.
func (c *Cluster) byPort(needed map[connection]bool, from peer, port int32) bool {
	for n := range needed {
		if n.from == from.name && n.port == port {
			return c.Target.OnKnative()
		}
	}
	return false
}

// connections are those that are needed.
func (c *Cluster) connections() map[connection]bool {
	needed := map[connection]bool{}
	need := func(from string, to peer, port int32) { needed[connection{from, to.name, port}] = true }
	inside, _ := c.peers()
	for _, p := range c.Pods() {
		for _, s := range c.servers(p) {
			to, port := c.resolve(p.Owner.Namespace, s)
			need(p.String(), to, port)
		}
		name := p.Meta.Labels["app.kubernetes.io/name"]
		for _, port := range outward[name] {
			need(p.String(), internet, port)
		}
		for _, to := range inside {
			for _, port := range to.ports {
				if slices.ContainsFunc(calls, func(call call) bool {
					return call.from == name && (call.to == "" || call.to == to.labels["app.kubernetes.io/name"]) &&
						(call.port == port.Name || call.port == strconv.Itoa(int(port.ContainerPort)))
				}) {
					need(p.String(), to, port.ContainerPort)
				}
			}
		}
		if p.onKnative() {
			need(kourier.name, peerOf(p), queueProxy)
			need(activator.name, peerOf(p), queueProxy)
		}
	}
	for _, f := range c.foreign() {
		for _, port := range f.outward {
			need(f.name, internet, port)
		}
	}
	for _, e := range c.entrances() {
		for _, b := range e.backends() {
			to, port := c.resolve("ticketing", server{b.service, b.port})
			need(e.name, to, port)
		}
		need(e.name, solver, 8089)
	}
	return needed
}
