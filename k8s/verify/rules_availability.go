package verify

import (
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// shutdown is what a process takes to stop, unless SHUTDOWN_TIMEOUT says otherwise.
const shutdown = 25 * time.Second

// availabilityRules are about what happens when pods come and go.
var availabilityRules = []rule{
	{"grace", forEachPod(func(_ *Cluster, p Pod, wrong complain) {
		if p.Command() == "" || p.Owner.Kind == "Service" {
			return // Knative ends a pod when its requests end
		}
		env := variables(p.Spec.Containers[0])
		timeout := duration(env["SHUTDOWN_TIMEOUT"], shutdown)
		if grace := seconds(p.Spec.TerminationGracePeriodSeconds, 30); grace <= timeout {
			wrong(p, "is killed after %v and needs up to %v", grace, timeout)
		}
		if drain := duration(env["DRAIN_DELAY"], 0); drain >= timeout {
			wrong(p, "drains for %v and ends after %v", drain, timeout)
		}
	})},
	{"rollout", forEachPod(func(c *Cluster, p Pod, wrong complain) {
		if p.Owner.Kind != "Deployment" || p.Command() == "" {
			return
		}
		strategy := as[appsv1.Deployment](p.Owner).Spec.Strategy
		if u := strategy.RollingUpdate; strategy.Type == appsv1.RecreateDeploymentStrategyType || u == nil || u.MaxUnavailable == nil || *u.MaxUnavailable != intstr.FromInt32(0) {
			wrong(p, "takes a pod away before another is ready")
		}
	})},
	{"replicas", forEachPod(func(c *Cluster, p Pod, wrong complain) {
		if c.Target.Production() && p.Owner.Kind == "Deployment" && p.Command() != "" && c.replicas(p) < 2 {
			wrong(p, "has %d replica in production", c.replicas(p))
		}
	})},
	{"spread", forEachPod(func(c *Cluster, p Pod, wrong complain) {
		if p.Owner.Kind != "Deployment" || c.replicas(p) < 2 {
			return
		}
		for _, s := range p.Spec.TopologySpreadConstraints {
			if s.TopologyKey == corev1.LabelHostname && matches(s.LabelSelector, p) {
				return
			}
		}
		wrong(p, "may have all of its pods on one node")
	})},
	{"disruption", func(c *Cluster, wrong complain) {
		budgets := all[policyv1.PodDisruptionBudget](c, "PodDisruptionBudget")
		for _, p := range c.Pods() {
			var found int
			for _, b := range budgets {
				if b.Namespace != p.Owner.Namespace || !matches(b.Spec.Selector, p) {
					continue
				}
				found++
				if least, most := b.Spec.MinAvailable, b.Spec.MaxUnavailable; least != nil && least.IntVal >= c.replicas(p) || most != nil && most.IntVal == 0 && most.StrVal == "" {
					wrong(p, "PodDisruptionBudget %s lets no node be drained", b.Name)
				}
			}
			if found > 1 || found == 0 && p.Owner.Kind == "Deployment" && p.Command() != "" && c.replicas(p) > 1 {
				wrong(p, "has %d PodDisruptionBudgets", found)
			}
		}
	}},
	{"scaling", func(c *Cluster, wrong complain) {
		for _, h := range all[autoscalingv2.HorizontalPodAutoscaler](c, "HorizontalPodAutoscaler") {
			target := c.Find(h.Spec.ScaleTargetRef.Kind, h.Namespace, h.Spec.ScaleTargetRef.Name)
			if target.APIVersion != h.Spec.ScaleTargetRef.APIVersion || target.Kind == "" {
				wrong("HorizontalPodAutoscaler "+h.Name, "there is no %s %s", h.Spec.ScaleTargetRef.Kind, h.Spec.ScaleTargetRef.Name)
			} else if as[workload](target).Spec.Replicas != nil {
				wrong(target, "says how many replicas it has, and takes back what the autoscaler did each time it is applied")
			}
			if c.Find("ScaledObject", h.Namespace, h.Spec.ScaleTargetRef.Name).Kind != "" {
				wrong(target, "is scaled by an autoscaler and by KEDA")
			}
		}
		for _, s := range c.Of("ScaledObject") {
			name := scaledBy(s)
			if target := c.Find("Deployment", s.Namespace, name); target.Kind == "" {
				wrong(s, "there is no Deployment %s", name)
			} else if as[workload](target).Spec.Replicas != nil {
				wrong(target, "says how many replicas it has, and takes back what KEDA did each time it is applied")
			}
			var want, got []string
			for _, consumer := range programs()[name].service.Consumers {
				for _, kind := range consumer.Types {
					want = append(want, consumer.Name+"="+strings.ReplaceAll(kind, ".", "~")) // as bus/jetstream names its durables
				}
			}
			for _, t := range as[scaledObject](s).Spec.Triggers {
				if t.Type == "nats-jetstream" {
					got = append(got, t.Metadata["consumer"])
				}
			}
			if slices.Sort(want); !slices.Equal(want, slices.Sorted(slices.Values(got))) {
				wrong(s, "watches %v; %s consumes by %v", got, name, want)
			}
		}
	}},
	{"jobs end", func(c *Cluster, wrong complain) {
		for _, o := range c.Of("CronJob", "Job") {
			job := as[batchv1.Job](o).Spec
			if o.Kind == "CronJob" {
				spec := as[batchv1.CronJob](o).Spec
				if spec.StartingDeadlineSeconds == nil || spec.ConcurrencyPolicy != batchv1.ForbidConcurrent && spec.ConcurrencyPolicy != batchv1.ReplaceConcurrent {
					wrong(o, "may start late, or beside itself")
				}
				job = spec.JobTemplate.Spec
			}
			if job.ActiveDeadlineSeconds == nil || job.BackoffLimit == nil {
				wrong(o, "may run, or be tried again, for ever")
			}
		}
	}},
}

// replicas are how many pods there are at least.
func (c *Cluster) replicas(p Pod) int32 {
	for _, h := range all[autoscalingv2.HorizontalPodAutoscaler](c, "HorizontalPodAutoscaler") {
		if h.Spec.ScaleTargetRef.Kind == p.Owner.Kind && h.Spec.ScaleTargetRef.Name == p.Owner.Name && h.Spec.MinReplicas != nil {
			return *h.Spec.MinReplicas
		}
	}
	for _, s := range c.Of("ScaledObject") {
		if scaledBy(s) == p.Owner.Name {
			return as[scaledObject](s).Spec.MinReplicaCount
		}
	}
	return p.Replicas
}

// scaledObject is KEDA's.
type scaledObject struct {
	Spec struct {
		ScaleTargetRef  struct{ Name string } `json:"scaleTargetRef"`
		MinReplicaCount int32                 `json:"minReplicaCount"`
		Triggers        []struct {
			Type     string
			Metadata map[string]string
		}
	} `json:"spec"`
}

func scaledBy(o Object) string { return as[scaledObject](o).Spec.ScaleTargetRef.Name }

// variables are the plain settings of a container.
func variables(c corev1.Container) map[string]string {
	found := map[string]string{}
	for _, e := range c.Env {
		found[e.Name] = e.Value
	}
	return found
}

func duration(text string, otherwise time.Duration) time.Duration {
	if d, err := time.ParseDuration(text); err == nil {
		return d
	}
	return otherwise
}

func seconds(n *int64, otherwise int64) time.Duration {
	if n != nil {
		otherwise = *n
	}
	return time.Duration(otherwise) * time.Second
}
