package verify

import (
	"slices"
	"strings"

	"github.com/gittix/ticketing/shared/function"
)

type schedule = function.Schedule

// destination is where Eventing sends something.
type destination struct {
	Ref struct{ Kind, Name string }
	URI string
}

// trigger is Eventing's.
type trigger struct {
	Spec struct {
		Broker     string
		Filter     struct{ Attributes map[string]string }
		Filters    []filter
		Subscriber destination
		Delivery   struct {
			DeadLetterSink destination `json:"deadLetterSink"`
			Retry          int
			BackoffPolicy  string `json:"backoffPolicy"`
		}
	}
}

// filter is one of a Trigger's. Those that we do not use bring nothing.
type filter struct {
	Exact map[string]string
	Any   []filter
}

func (f filter) types() []string {
	var found []string
	if len(f.Exact) == 1 && f.Exact["type"] != "" {
		found = append(found, f.Exact["type"])
	}
	for _, one := range f.Any {
		found = append(found, one.types()...)
	}
	return found
}

// types are those of the events that a Trigger lets pass. More than one filter is a conjunction, which ours are not.
func (t trigger) types() []string {
	var found []string
	if len(t.Spec.Filters) == 1 {
		found = t.Spec.Filters[0].types()
	} else if len(t.Spec.Filter.Attributes) == 1 {
		found = []string{t.Spec.Filter.Attributes["type"]}
	}
	slices.Sort(found)
	return found
}

// ticks are the clocks of the cluster: who makes them, by "service/schedules/name".
func (c *Cluster) ticks() map[string][]string {
	found := map[string][]string{}
	for _, o := range c.Of("PingSource") {
		to := as[struct{ Spec struct{ Sink destination } }](o).Spec.Sink
		found[to.Ref.Name+to.URI] = append(found[to.Ref.Name+to.URI], o.String())
	}
	for _, p := range c.Pods() {
		if p.Owner.Kind != "CronJob" {
			continue
		}
		for _, word := range slices.Concat(p.Spec.Containers[0].Command, p.Spec.Containers[0].Args) {
			host, path, called := strings.Cut(strings.TrimPrefix(word, "http://"), "/schedules/")
			if name, _, _ := strings.Cut(host, "."); called {
				found[name+"/schedules/"+path] = append(found[name+"/schedules/"+path], p.String())
			}
		}
	}
	return found
}
