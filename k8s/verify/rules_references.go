package verify

import (
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// referenceRules are about what names something else: it is there.
var referenceRules = []rule{
	{"selectors", func(c *Cluster, wrong complain) {
		for _, p := range c.Pods() {
			if p.Selector != nil && !matches(p.Selector, p) {
				wrong(p, "does not select its own pods")
			}
			for _, other := range c.Pods() {
				if p.Selector != nil && other.Owner.Namespace == p.Owner.Namespace && other.String() != p.String() && matches(p.Selector, other) {
					wrong(p, "selects the pods of %s, too", other)
				}
			}
		}
		for _, s := range c.services() {
			if len(s.Spec.Selector) > 0 && len(c.selected(s.Namespace, selector(s.Spec.Selector))) != 1 {
				wrong("Service "+s.Name, "selects the pods of %v, not of one workload", c.selected(s.Namespace, selector(s.Spec.Selector)))
			}
		}
		for _, b := range all[policyv1.PodDisruptionBudget](c, "PodDisruptionBudget") {
			if len(c.selected(b.Namespace, b.Spec.Selector)) != 1 {
				wrong("PodDisruptionBudget "+b.Name, "selects the pods of %v, not of one workload", c.selected(b.Namespace, b.Spec.Selector))
			}
		}
		for _, n := range all[networkingv1.NetworkPolicy](c, "NetworkPolicy") {
			inside, _ := c.peers()
			if !slices.ContainsFunc(inside, func(p peer) bool { return p.namespace == n.Namespace && selects(&n.Spec.PodSelector, p.labels) }) {
				wrong("NetworkPolicy "+n.Name, "selects no pod")
			}
		}
	}},
	{"ports", func(c *Cluster, wrong complain) {
		for _, s := range c.services() {
			for _, p := range c.selected(s.Namespace, selector(s.Spec.Selector)) {
				for _, port := range s.Spec.Ports {
					if _, there := p.port(target(port)); !there {
						wrong("Service "+s.Name, "%s has no port %s", p, port.TargetPort.String())
					}
				}
			}
		}
		for _, p := range c.Pods() {
			for _, container := range p.Spec.Containers {
				for _, probe := range []*corev1.Probe{container.StartupProbe, container.ReadinessProbe, container.LivenessProbe} {
					if name := probePort(probe); name != nil && p.Owner.Kind != "Service" {
						if _, there := p.port(*name); !there {
							wrong(p, "a probe asks port %s, which %s has not", name.String(), container.Name)
						}
					}
				}
			}
		}
	}},
	{"governing service", func(c *Cluster, wrong complain) {
		for _, o := range c.Of("StatefulSet") {
			if name := as[appsv1.StatefulSet](o).Spec.ServiceName; c.Find("Service", o.Namespace, name).Kind == "" {
				wrong(o, "there is no Service %q", name)
			}
		}
	}},
	{"references", func(c *Cluster, wrong complain) {
		for _, p := range c.Pods() {
			for _, r := range p.references() {
				switch {
				case r.kind == "ConfigMap" && c.Find("ConfigMap", p.Owner.Namespace, r.name).Kind == "",
					r.kind == "PersistentVolumeClaim" && c.Find(r.kind, p.Owner.Namespace, r.name).Kind == "":
					wrong(p, "there is no %s %s", r.kind, r.name)
				case r.kind == "Secret" && !r.optional && !c.hasSecret(p.Owner.Namespace, r.name, r.key):
					wrong(p, "nobody makes the Secret %s with the key %q", r.name, r.key)
				}
			}
		}
	}},
}

// services are those of Kubernetes, not Knative's.
func (c *Cluster) services() []corev1.Service {
	var found []corev1.Service
	for _, o := range c.Of("Service") {
		if o.APIVersion == "v1" {
			found = append(found, as[corev1.Service](o))
		}
	}
	return found
}

// selected are the pods of a namespace that a selector selects.
func (c *Cluster) selected(namespace string, s *metav1.LabelSelector) []Pod {
	var found []Pod
	for _, p := range c.Pods() {
		if p.Owner.Namespace == namespace && matches(s, p) {
			found = append(found, p)
		}
	}
	return found
}

func selector(labels map[string]string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: labels}
}

// matches says whether a selector selects a pod. None selects nothing.
func matches(s *metav1.LabelSelector, p Pod) bool { return selects(s, p.Meta.Labels) }

func selects(s *metav1.LabelSelector, set map[string]string) bool {
	selector, err := metav1.LabelSelectorAsSelector(s)
	return err == nil && selector.Matches(labels.Set(set))
}

// target is where a Service's port leads.
func target(port corev1.ServicePort) intstr.IntOrString {
	if port.TargetPort == (intstr.IntOrString{}) {
		return intstr.FromInt32(port.Port)
	}
	return port.TargetPort
}

// port returns the number of a pod's port that has a name or a number.
func (p Pod) port(wanted intstr.IntOrString) (int32, bool) {
	for _, c := range p.Spec.Containers {
		for _, port := range c.Ports {
			if wanted.StrVal != "" && port.Name == wanted.StrVal || wanted.StrVal == "" && port.ContainerPort == wanted.IntVal {
				return port.ContainerPort, true
			}
		}
	}
	return 0, false
}

func probePort(p *corev1.Probe) *intstr.IntOrString {
	switch {
	case p == nil:
	case p.HTTPGet != nil:
		return &p.HTTPGet.Port
	case p.TCPSocket != nil:
		return &p.TCPSocket.Port
	}
	return nil
}

// reference is what a pod needs before it can start.
type reference struct {
	kind, name, key string
	optional        bool
}

// references are all that a pod names.
func (p Pod) references() []reference {
	var found []reference
	add := func(kind, name, key string, optional *bool) {
		found = append(found, reference{kind, name, key, optional != nil && *optional})
	}
	for _, v := range p.Spec.Volumes {
		switch {
		case v.ConfigMap != nil:
			add("ConfigMap", v.ConfigMap.Name, "", v.ConfigMap.Optional)
		case v.Secret != nil:
			add("Secret", v.Secret.SecretName, "", v.Secret.Optional)
			for _, item := range v.Secret.Items {
				add("Secret", v.Secret.SecretName, item.Key, v.Secret.Optional)
			}
		case v.PersistentVolumeClaim != nil:
			add("PersistentVolumeClaim", v.PersistentVolumeClaim.ClaimName, "", nil)
		}
	}
	for _, c := range p.Containers() {
		for _, e := range c.Env {
			switch from := e.ValueFrom; {
			case from == nil:
			case from.ConfigMapKeyRef != nil:
				add("ConfigMap", from.ConfigMapKeyRef.Name, from.ConfigMapKeyRef.Key, from.ConfigMapKeyRef.Optional)
			case from.SecretKeyRef != nil:
				add("Secret", from.SecretKeyRef.Name, from.SecretKeyRef.Key, from.SecretKeyRef.Optional)
			}
		}
		for _, e := range c.EnvFrom {
			if e.ConfigMapRef != nil {
				add("ConfigMap", e.ConfigMapRef.Name, "", e.ConfigMapRef.Optional)
			}
			if e.SecretRef != nil {
				add("Secret", e.SecretRef.Name, "", e.SecretRef.Optional)
			}
		}
	}
	return found
}
