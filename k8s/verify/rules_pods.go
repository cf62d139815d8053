package verify

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	security "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// podRules are about each pod, and who it says it is.
var podRules = []rule{
	{"restricted", func(c *Cluster, wrong complain) {
		// Kubernetes' own code says what restricted is.
		evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
		if err != nil {
			wrong(c.Target.Name(), "%v", err)
			return
		}
		level := security.LevelVersion{Level: security.LevelRestricted, Version: security.LatestVersion()}
		for _, p := range c.Pods() {
			for _, r := range evaluator.EvaluatePod(level, &p.Meta, &p.Spec) {
				if !r.Allowed {
					wrong(p, "%s (%s)", r.ForbiddenReason, r.ForbiddenDetail)
				}
			}
		}
	}},
	{"namespace", func(c *Cluster, wrong complain) {
		for _, o := range c.Objects {
			switch global := clusterWide[o.Kind]; {
			case global && o.Namespace != "":
				wrong(o, "is in no namespace, but says %s", o.Namespace)
			case !global && (o.Namespace == "" || o.Namespace == "default"):
				wrong(o, "is in the namespace %q", o.Namespace)
			}
		}
		for _, o := range c.Of("Namespace") {
			for _, mode := range []string{"enforce", "audit", "warn"} {
				if o.Labels["pod-security.kubernetes.io/"+mode] != string(security.LevelRestricted) {
					wrong(o, "does not %s restricted pods", mode)
				}
			}
		}
	}},
	{"labels", func(c *Cluster, wrong complain) {
		check := func(about any, labels map[string]string, names ...string) {
			for name, value := range labels {
				for _, e := range append(validation.IsQualifiedName(name), validation.IsValidLabelValue(value)...) {
					wrong(about, "label %s=%s: %s", name, value, e)
				}
			}
			for _, name := range names {
				if labels["app.kubernetes.io/"+name] == "" {
					wrong(about, "lacks the label app.kubernetes.io/%s", name)
				}
			}
		}
		for _, o := range c.Objects {
			check(o, o.Labels)
		}
		for _, p := range c.Pods() {
			check(p, p.Owner.Labels, "name", "component", "part-of")
			check(p, p.Meta.Labels, "name", "component", "part-of")
		}
	}},
	{"no init containers", forEachPod(func(_ *Cluster, p Pod, wrong complain) {
		if len(p.Spec.InitContainers) > 0 {
			wrong(p, "waits in an init container; services start in any order")
		}
	})},
	{"own account", func(c *Cluster, wrong complain) {
		owners := map[string][]string{}
		for _, p := range c.Pods() {
			account := p.Spec.ServiceAccountName
			if c.Find("ServiceAccount", p.Owner.Namespace, account).Kind == "" {
				wrong(p, "there is no ServiceAccount %q", account)
			}
			owners[account] = append(owners[account], p.String())
			if len(owners[account]) > 1 && !slices.Contains([]string{"Job", "CronJob"}, p.Owner.Kind) {
				wrong(p, "shares the account %s with %v", account, owners[account])
			}
		}
	}},
	{"token", func(c *Cluster, wrong complain) {
		for _, p := range c.Pods() {
			account := c.Find("ServiceAccount", p.Owner.Namespace, p.Spec.ServiceAccountName)
			mounts := first(p.Spec.AutomountServiceAccountToken, as[corev1.ServiceAccount](account).AutomountServiceAccountToken)
			if asks := c.mayAsk(account); mounts != asks {
				wrong(p, "mounts a token for the API server: %v; its account may ask it something: %v", mounts, asks)
			}
		}
	}},
}

// clusterWide are the kinds that are in no namespace.
var clusterWide = map[string]bool{
	"Namespace": true, "ClusterRole": true, "ClusterRoleBinding": true, "StorageClass": true, "PersistentVolume": true,
	"CustomResourceDefinition": true, "ClusterIssuer": true, "GatewayClass": true, "IngressClass": true, "PriorityClass": true,
	"ClusterSecretStore": true, "APIService": true,
}

// first returns the first that is given, or true, as Kubernetes does.
func first(given ...*bool) bool {
	for _, b := range given {
		if b != nil {
			return *b
		}
	}
	return true
}
