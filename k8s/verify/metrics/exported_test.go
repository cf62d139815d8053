package metrics

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gittix/ticketing/adapters/dispatcher"
	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/function"
)

// series is what can be asked of a metric.
type series struct {
	labels []string
	values map[string][]string // of a label, if they are known
}

// scraped are the labels that Prometheus adds to what our pods say (see prometheus.yml).
var scraped = []string{"app", "instance", "job", "pod"}

// services makes every service. Nothing is connected.
func services(t *testing.T) []function.Service {
	t.Helper()
	var made []function.Service
	for _, def := range functions.Services() {
		s, err := def.Contents()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Stop)
		made = append(made, s)
	}
	return made
}

// ours are the metrics that the code exports, by the names of their series: a histogram has three.
func ours(t *testing.T) map[string]series {
	t.Helper()
	made := services(t)
	registry, _, err := process.NewMetrics(made...)
	if err != nil {
		t.Fatal(err)
	}
	known, histogram := valuesOf(made), histograms(t, made)
	found := map[string]series{}
	for _, c := range []prometheus.Collector{registry, dispatcher.Collector()} {
		for name, labels := range describe(t, c) {
			s := series{labels: slices.Concat(scraped, labels), values: known}
			if !histogram[name] {
				found[name] = s
				continue
			}
			found[name+"_count"], found[name+"_sum"] = s, s
			found[name+"_bucket"] = series{labels: append(slices.Clone(s.labels), "le"), values: known}
		}
	}
	for name, values := range outcomes(t, made) {
		s := found[name]
		s.values = maps.Clone(s.values)
		s.values["outcome"] = values
		found[name] = s
	}
	return found
}

// valuesOf are the values that labels can have in any metric.
func valuesOf(made []function.Service) map[string][]string {
	known := map[string][]string{}
	add := func(label, value string) { known[label] = append(known[label], value) }
	for _, s := range made {
		add("service", s.Name)
		for _, e := range s.Endpoints {
			add("function", e.Name)
		}
		for _, c := range s.Consumers {
			add("function", c.Name)
			add("consumer", c.Name)
			for _, subject := range c.Types {
				add("type", subject)
			}
		}
		for _, schedule := range s.Schedules {
			add("function", schedule.Name)
		}
	}
	return known
}

// outcomes are those that a counter has from its beginning, when they are all of one vector.
func outcomes(t *testing.T, made []function.Service) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for _, s := range made {
		for _, c := range s.Collectors {
			counter, ok := c.(*prometheus.CounterVec)
			if !ok {
				continue
			}
			registry := prometheus.NewRegistry()
			registry.MustRegister(counter)
			families, err := registry.Gather()
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range families {
				for _, m := range f.GetMetric() {
					found[f.GetName()] = append(found[f.GetName()], m.GetLabel()[0].GetValue())
				}
			}
		}
	}
	if len(found) == 0 {
		t.Fatal("no counter has outcomes")
	}
	return found
}

// histograms are the names of those among what every function and what the services measure.
func histograms(t *testing.T, made []function.Service) map[string]bool {
	t.Helper()
	registry, measures, err := process.NewMetrics()
	if err != nil {
		t.Fatal(err)
	}
	measures.Requests.WithLabelValues("", "", "") // an empty vector says nothing of itself
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, f := range families {
		found[f.GetName()] = f.GetMetric()[0].GetHistogram() != nil
	}
	for _, s := range made {
		for _, c := range s.Collectors {
			_, vector := c.(*prometheus.HistogramVec)
			_, single := c.(prometheus.Histogram)
			for name := range describe(t, c) {
				found[name] = vector || single
			}
		}
	}
	return found
}

var description = regexp.MustCompile(`^Desc\{fqName: "([^"]+)", help: ".*", constLabels: \{(.*)\}, variableLabels: \{(.*)\}\}$`)

// describe returns the labels of a collector's metrics, by name.
func describe(t *testing.T, c prometheus.Collector) map[string][]string {
	t.Helper()
	descriptions := make(chan *prometheus.Desc)
	go func() { defer close(descriptions); c.Describe(descriptions) }()
	found := map[string][]string{}
	for d := range descriptions {
		parts := description.FindStringSubmatch(d.String())
		if parts == nil {
			t.Fatalf("%s is not as expected", d)
		}
		for label := range strings.SplitSeq(parts[2]+","+parts[3], ",") {
			if name, _, _ := strings.Cut(label, "="); name != "" && !slices.Contains(found[parts[1]], name) {
				found[parts[1]] = append(found[parts[1]], name)
			}
		}
		if found[parts[1]] == nil {
			found[parts[1]] = []string{}
		}
	}
	return found
}
