package verify

import (
	"regexp"
	"slices"
	"strings"
)

// routeRules hold the ways in, and the ways of events and ticks, to the services' tables of contents.
var routeRules = []rule{
	{"routes", func(c *Cluster, wrong complain) {
		entrances := c.entrances()
		if c.Target.IsOverlay() && !slices.ContainsFunc(entrances, func(e entrance) bool { return e.whole }) {
			wrong(c.Target.Base, "has no way in")
		}
		for _, e := range entrances {
			for _, b := range e.backends() {
				if !c.isKnative(b.service) && c.Find("Service", "ticketing", b.service).Kind == "" {
					wrong(e.name, "leads to %s, which is not there", b.service)
				}
			}
			for name, p := range programs() {
				for _, endpoint := range p.service.Endpoints {
					if path := sample(endpoint.Path); e.whole && e.to(path).service != name {
						wrong(e.name, "leads %s to %q, not to %s", path, e.to(path).service, name)
					}
				}
				for _, path := range inside(name) {
					if to := programs()[e.to(path).service].service; len(to.Consumers)+len(to.Schedules) > 0 {
						wrong(e.name, "leads %s to %s, from outside", path, to.Name)
					}
				}
			}
			for _, path := range []string{"/metrics", "/events", "/schedules", "/debug/pprof/"} {
				if to := e.to(path).service; to != "" && to != "client" && to != "front" && e.whole {
					wrong(e.name, "leads %s to %s, from outside", path, to)
				}
			}
		}
	}},
	{"deliveries", func(c *Cluster, wrong complain) {
		for _, p := range c.Pods() {
			if !c.Target.OnKnative() || p.Command() != "dispatcher" {
				continue // on Kubernetes services have their own consumers
			}
			target, sink := c.settings(p)["DISPATCH_TARGET"], c.settings(p)["K_SINK"]
			if c.eventing() {
				if target != "$K_SINK" || sink == "" {
					wrong(p, "does not give events to the Broker")
				}
				continue
			}
			for name, service := range programs() {
				for _, consumer := range service.service.Consumers {
					if to := "http://" + name + ".ticketing.svc.cluster.local/events/" + consumer.Name; !slices.Contains(expand(target), to) {
						wrong(p, "does not post to %s", to)
					}
				}
			}
		}
	}},
	{"triggers", func(c *Cluster, wrong complain) {
		if !c.eventing() {
			return
		}
		seen := map[string]int{}
		for _, o := range c.Of("Trigger") {
			t := as[trigger](o)
			seen[t.Spec.Subscriber.URI]++
			if c.Find("Broker", o.Namespace, t.Spec.Broker).Kind == "" {
				wrong(o, "there is no Broker %q", t.Spec.Broker)
			}
			if t.Spec.Delivery.DeadLetterSink != t.Spec.Subscriber {
				wrong(o, "what is given up does not come to the dead letters of its consumer")
			}
			if t.Spec.Delivery.Retry == 0 || t.Spec.Delivery.BackoffPolicy == "" {
				wrong(o, "does not try again")
			}
			found := false
			for name, p := range programs() {
				for _, consumer := range p.service.Consumers {
					if t.Spec.Subscriber.URI != "/events/"+consumer.Name || t.Spec.Subscriber.Ref.Name != name {
						continue
					}
					found = true
					if want, got := slices.Sorted(slices.Values(consumer.Types)), t.types(); !slices.Equal(want, got) {
						wrong(o, "brings %v; %s wants %v", got, consumer.Name, want)
					}
				}
			}
			if !found || !c.isKnative(t.Spec.Subscriber.Ref.Name) {
				wrong(o, "there is no consumer at %s%s", t.Spec.Subscriber.Ref.Name, t.Spec.Subscriber.URI)
			}
		}
		for _, p := range programs() {
			for _, consumer := range p.service.Consumers {
				if n := seen["/events/"+consumer.Name]; n != 1 {
					wrong(consumer.Name, "has %d Triggers", n)
				}
			}
		}
	}},
	{"ticks", func(c *Cluster, wrong complain) {
		ticks := c.ticks()
		for tick, sources := range ticks {
			name, path, _ := strings.Cut(tick, "/")
			if !slices.ContainsFunc(programs()[name].service.Schedules, func(s schedule) bool { return "schedules/"+s.Name == path }) {
				wrong(tick, "%v wakes nobody", sources)
			}
		}
		if len(ticks) == 0 && !(c.Target.IsOverlay() && c.Target.OnKnative()) {
			return // on Kubernetes the services have clocks, and Knative's base gets one by a component
		}
		for name, p := range programs() {
			for _, s := range p.service.Schedules {
				if n := len(ticks[name+"/schedules/"+s.Name]); n != 1 {
					wrong(s.Name, "has %d clocks", n)
				}
			}
		}
	}},
}

var parameter = regexp.MustCompile(`\{[^}]*\}`)

// sample is a path that a pattern matches.
func sample(pattern string) string {
	return parameter.ReplaceAllString(strings.ReplaceAll(pattern, "{$}", ""), "17")
}

// inside are the paths that are for the platform only.
func inside(name string) []string {
	var paths []string
	for _, c := range programs()[name].service.Consumers {
		paths = append(paths, "/events/"+c.Name)
	}
	for _, s := range programs()[name].service.Schedules {
		paths = append(paths, "/schedules/"+s.Name)
	}
	return paths
}

// eventing says whether events come by Triggers.
func (c *Cluster) eventing() bool { return len(c.Of("Broker", "Trigger")) > 0 }
