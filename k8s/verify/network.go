package verify

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// peer is one end of a connection: a pod of the cluster, a pod of somebody else's, or an address outside.
type peer struct {
	name      string
	namespace string // "" outside
	labels    map[string]string
	address   netip.Addr // of those that no manifest makes
	ports     []corev1.ContainerPort
	trusted   bool // it is let in, and called, for everything: Knative itself
}

func (p peer) is(other peer) bool { return p.name == other.name }

// peerOf is a pod as the network sees it.
func peerOf(p Pod) peer {
	seen := peer{name: p.String(), namespace: p.Owner.Namespace, labels: p.Meta.Labels}
	for _, c := range p.Spec.Containers {
		seen.ports = append(seen.ports, c.Ports...)
	}
	if p.onKnative() {
		seen.ports = append(seen.ports, corev1.ContainerPort{ContainerPort: queueProxy})
	}
	return seen
}

// permits says whether the NetworkPolicies let from open a connection to a port of to.
func (c *Cluster) permits(from, to peer, port int32, protocol corev1.Protocol) bool {
	out, in := from.namespace == "", to.namespace == "" // nobody is asked
	outbound, inbound := false, false                   // somebody has a say
	for _, n := range c.policies() {
		if n.Namespace == from.namespace && selects(&n.Spec.PodSelector, from.labels) && slices.Contains(n.Spec.PolicyTypes, networkingv1.PolicyTypeEgress) {
			outbound = true
			for _, rule := range n.Spec.Egress {
				out = out || c.isAmong(to, n.Namespace, rule.To) && onPort(to, port, protocol, rule.Ports)
			}
		}
		if n.Namespace == to.namespace && selects(&n.Spec.PodSelector, to.labels) && slices.Contains(n.Spec.PolicyTypes, networkingv1.PolicyTypeIngress) {
			inbound = true
			for _, rule := range n.Spec.Ingress {
				in = in || c.isAmong(from, n.Namespace, rule.From) && onPort(to, port, protocol, rule.Ports)
			}
		}
	}
	return (out || !outbound) && (in || !inbound)
}

// policies are all NetworkPolicies, with the types that Kubernetes gives to those that say none.
func (c *Cluster) policies() []networkingv1.NetworkPolicy {
	found := all[networkingv1.NetworkPolicy](c, "NetworkPolicy")
	for i, n := range found {
		if len(n.Spec.PolicyTypes) == 0 {
			found[i].Spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
			if len(n.Spec.Egress) > 0 {
				found[i].Spec.PolicyTypes = append(found[i].Spec.PolicyTypes, networkingv1.PolicyTypeEgress)
			}
		}
	}
	return found
}

// isAmong says whether a rule of a policy in namespace means p. No peers mean everybody.
func (c *Cluster) isAmong(p peer, namespace string, peers []networkingv1.NetworkPolicyPeer) bool {
	for _, meant := range peers {
		if block := meant.IPBlock; block != nil {
			inside := func(cidr string) bool {
				prefix, err := netip.ParsePrefix(cidr)
				return err == nil && prefix.Contains(p.address)
			}
			if inside(block.CIDR) && !slices.ContainsFunc(block.Except, inside) {
				return true
			}
			continue
		}
		home := p.namespace == namespace
		if meant.NamespaceSelector != nil {
			home = p.namespace != "" && selects(meant.NamespaceSelector, c.namespaceLabels(p.namespace))
		}
		if home && (meant.PodSelector == nil || selects(meant.PodSelector, p.labels)) {
			return true
		}
	}
	return len(peers) == 0
}

func (c *Cluster) namespaceLabels(name string) map[string]string {
	return with(c.Find("Namespace", "", name).Labels, corev1.LabelMetadataName, name)
}

// onPort says whether a rule's ports hold one of to's. No ports mean all.
func onPort(to peer, port int32, protocol corev1.Protocol, ports []networkingv1.NetworkPolicyPort) bool {
	for _, p := range ports {
		if p.Protocol == nil && protocol != corev1.ProtocolTCP || p.Protocol != nil && *p.Protocol != protocol {
			continue
		}
		switch {
		case p.Port == nil,
			p.Port.Type == intstr.Int && (p.Port.IntVal == port || p.EndPort != nil && p.Port.IntVal <= port && port <= *p.EndPort),
			slices.ContainsFunc(to.ports, func(has corev1.ContainerPort) bool {
				return p.Port.Type == intstr.String && has.Name == p.Port.StrVal && has.ContainerPort == port
			}):
			return true
		}
	}
	return len(ports) == 0
}
