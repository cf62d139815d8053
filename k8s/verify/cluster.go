package verify

import (
	"encoding/json"
	"reflect"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// Cluster is what a target gives: all of its objects. It is for one goroutine.
type Cluster struct {
	Target  Target
	Objects []Object
	Secrets Secrets // what its README's command makes
	pods    []Pod
}

// Object is one object of any kind.
type Object struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Text              []byte               `json:"-"` // JSON
	read              map[reflect.Type]any // what as has made of it
}

func (o Object) String() string { return o.Kind + " " + o.Name }

func (c *Cluster) add(text []byte) error {
	text, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		return err
	}
	o := Object{Text: text, read: map[reflect.Type]any{}}
	if err := json.Unmarshal(text, &o); err != nil {
		return err
	}
	c.Objects = append(c.Objects, o)
	return nil
}

// Of returns the objects of some kinds.
func (c *Cluster) Of(kinds ...string) []Object {
	var found []Object
	for _, o := range c.Objects {
		if slices.Contains(kinds, o.Kind) {
			found = append(found, o)
		}
	}
	return found
}

// Find returns the object of a kind and name that is in namespace, or the zero Object.
func (c *Cluster) Find(kind, namespace, name string) Object {
	for _, o := range c.Of(kind) {
		if o.Name == name && o.Namespace == namespace {
			return o
		}
	}
	return Object{}
}

// as reads an object as one of its own type. What does not fit stays empty: the schemas are there to say so.
func as[T any](o Object) T {
	var t T
	if known, ok := o.read[reflect.TypeFor[T]()].(T); ok {
		return known
	}
	if o.read != nil {
		_ = json.Unmarshal(o.Text, &t)
		o.read[reflect.TypeFor[T]()] = t
	}
	return t
}

// all reads all objects of a kind.
func all[T any](c *Cluster, kind string) []T {
	var found []T
	for _, o := range c.Of(kind) {
		found = append(found, as[T](o))
	}
	return found
}

// Pod is what a workload makes.
type Pod struct {
	Owner    Object // a Deployment, StatefulSet, DaemonSet, Job, CronJob, or Knative's Service
	Meta     metav1.ObjectMeta
	Spec     corev1.PodSpec
	Replicas int32
	Selector *metav1.LabelSelector // the owner's, if it has one
}

func (p Pod) String() string { return p.Owner.String() }

// Serves says whether the pod is to stay.
func (p Pod) Serves() bool { return p.Owner.Kind != "Job" && p.Owner.Kind != "CronJob" }

// Containers are all of a pod's.
func (p Pod) Containers() []corev1.Container {
	return slices.Concat(p.Spec.InitContainers, p.Spec.Containers)
}

func (p Pod) volume(name string) corev1.Volume {
	for _, v := range p.Spec.Volumes {
		if v.Name == name {
			return v
		}
	}
	return corev1.Volume{}
}

// workload is what the owners of pods have in common.
type workload struct {
	Spec struct {
		Replicas    *int32                 `json:"replicas"`
		Selector    *metav1.LabelSelector  `json:"selector"`
		Template    corev1.PodTemplateSpec `json:"template"`
		JobTemplate struct {
			Spec struct {
				Template corev1.PodTemplateSpec `json:"template"`
			} `json:"spec"`
		} `json:"jobTemplate"`
	} `json:"spec"`
}

// Pods are those of all workloads, one for each template.
func (c *Cluster) Pods() []Pod {
	if c.pods == nil {
		c.pods = c.readPods()
	}
	return c.pods
}

func (c *Cluster) readPods() []Pod {
	pods := []Pod{}
	for _, o := range c.Of("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Service", "ContainerSource") {
		w := as[workload](o)
		template := w.Spec.Template
		if o.Kind == "CronJob" {
			template = w.Spec.JobTemplate.Spec.Template
		}
		if len(template.Spec.Containers) == 0 {
			continue // a Service of Kubernetes
		}
		pod := Pod{Owner: o, Meta: template.ObjectMeta, Spec: template.Spec, Replicas: 1, Selector: w.Spec.Selector}
		if o.Kind == "Service" {
			pod.Selector = nil
			pod.Meta.Labels = with(pod.Meta.Labels, "serving.knative.dev/service", o.Name)
		}
		if w.Spec.Replicas != nil {
			pod.Replicas = *w.Spec.Replicas
		}
		pod.Meta.Namespace = o.Namespace
		pods = append(pods, pod)
	}
	return pods
}

func with(labels map[string]string, name, value string) map[string]string {
	all := map[string]string{name: value}
	for k, v := range labels {
		all[k] = v
	}
	return all
}
