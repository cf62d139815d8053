package verify

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// server is one that a pod has to reach.
type server struct {
	host string // as the pod calls it
	port int32
}

// defaultPorts of the URLs that settings hold.
var defaultPorts = map[string]string{
	"http": "80", "https": "443", "postgres": "5432", "redis": "6379", "rediss": "6379", "stan": "4222", "jetstream": "4222", "nats": "4222",
}

var (
	address = regexp.MustCompile(`\b(https?|postgres|rediss?|stan|jetstream|nats)://[^\s"',;]+`)
	stripe  = server{"api.stripe.com", 443}
)

// settings are what a pod's program reads: its Secret's files, and its variables.
func (c *Cluster) settings(p Pod) map[string]string {
	found := map[string]string{}
	read, err := settingsOf(p.Command(), p.onKnative())
	for key, value := range c.secretsOf(p) {
		if _, known := read[key]; known || err != nil {
			found[key] = value
		}
	}
	for name, value := range variables(p.Spec.Containers[0]) {
		found[name] = value
	}
	for _, o := range c.Of("SinkBinding") {
		if c.binds(o, p) {
			found["K_SINK"], found["K_CE_OVERRIDES"] = "http://broker-ingress.knative-eventing.svc.cluster.local/ticketing/default", "{}"
		}
	}
	return found
}

// servers are those that a pod's settings and arguments name.
func (c *Cluster) servers(p Pod) []server {
	settings := c.settings(p)
	var found []server
	add := func(text string) {
		u, err := url.Parse(text)
		if err != nil || u.Hostname() == "" || u.Hostname() == netip.IPv4Unspecified().String() {
			return
		}
		number := u.Port()
		if number == "" {
			number = defaultPorts[u.Scheme]
		}
		port, _ := strconv.ParseInt(number, 10, 32) // the parser has seen that it is a number
		found = append(found, server{u.Hostname(), int32(port)})
	}
	for name, value := range settings {
		if name == "K_SINK" && !strings.Contains(settings["DISPATCH_TARGET"]+settings["DISPATCH_ROUTES"], "$K_SINK") {
			continue
		}
		for _, text := range address.FindAllString(value, -1) {
			for _, text := range expand(text) {
				add(text)
			}
		}
	}
	for _, container := range p.Spec.Containers {
		for _, text := range address.FindAllString(strings.Join(slices.Concat(container.Command, container.Args), " "), -1) {
			add(text)
		}
	}
	if p.Command() == "payments" && settings["STRIPE_API_URL"] == "" {
		found = append(found, stripe)
	}
	return found
}

// expand writes out an address with {service} or {consumer} in it, as DISPATCH_TARGET may have, for every consumer.
func expand(text string) []string {
	if !strings.Contains(text, "{") {
		return []string{text}
	}
	var all []string
	for name, p := range programs() {
		for _, consumer := range p.service.Consumers {
			all = append(all, strings.NewReplacer("{service}", name, "{consumer}", consumer.Name).Replace(text))
		}
	}
	return all
}

// resolve returns who answers to a name in a namespace, and on which port. Names with a dot that are nobody's here are
// outside; without one, nobody's.
func (c *Cluster) resolve(namespace string, s server) (peer, int32) {
	parts := strings.Split(s.host, ".")
	if len(parts) > 1 && c.isNamespace(parts[1]) {
		namespace = parts[1]
	}
	for _, name := range parts[:min(2, len(parts))] { // service, or pod.service
		for _, service := range c.services() {
			if service.Name != name || service.Namespace != namespace || len(service.Spec.Selector) == 0 {
				continue
			}
			for _, port := range service.Spec.Ports {
				for _, p := range c.selected(namespace, selector(service.Spec.Selector)) {
					if number, there := p.port(target(port)); there && port.Port == s.port {
						return peerOf(p), number
					}
				}
			}
		}
	}
	for _, f := range c.foreign() {
		if f.namespace == namespace && slices.Contains(f.services, parts[0]) {
			return f.peer, f.port
		}
	}
	if c.isKnative(parts[0]) {
		return kourier, 8081
	}
	if len(parts) == 1 {
		return nobody, s.port
	}
	return internet, s.port
}

func (c *Cluster) isNamespace(name string) bool {
	return c.Find("Namespace", "", name).Kind != "" || name == kourier.namespace || name == eventing.namespace
}

// isKnative says whether there is a Service of Knative's.
func (c *Cluster) isKnative(name string) bool {
	return slices.ContainsFunc(c.Of("Service"), func(o Object) bool { return o.Name == name && o.APIVersion != "v1" })
}
