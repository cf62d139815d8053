package verify

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
)

// entrance is a way into the cluster.
type entrance struct {
	peer        // who sends requests on
	whole  bool // it is to lead to everything, not to one service
	routes []route
}

// route leads the requests whose path is, or lies below, a path to a Service.
type route struct {
	path    string
	exact   bool
	backend backend
}

// backend is a Service, and its port.
type backend struct {
	service string
	port    int32
}

// to returns who answers a path: as Ingress and Gateway API have it, the exact one or else the longest.
func (e entrance) to(path string) backend {
	var best route
	for _, r := range e.routes {
		if r.exact && path == r.path {
			return r.backend
		}
		if below := strings.HasPrefix(path+"/", strings.TrimSuffix(r.path, "/")+"/"); !r.exact && below && len(r.path) >= len(best.path) {
			best = r
		}
	}
	return best.backend
}

// entrances are one for each Ingress and HTTPRoute, and each of Knative's services that is seen from outside.
func (c *Cluster) entrances() []entrance {
	var found []entrance
	for _, i := range all[networkingv1.Ingress](c, "Ingress") {
		e := entrance{peer: controllers[*cmp.Or(i.Spec.IngressClassName, new(string))], whole: true}
		e.name = cmp.Or(e.name, "Ingress "+i.Name)
		for _, r := range i.Spec.Rules {
			for _, p := range r.HTTP.Paths {
				e.routes = append(e.routes, route{p.Path, *p.PathType == networkingv1.PathTypeExact, backend{p.Backend.Service.Name, c.servicePort(i.Namespace, p.Backend.Service)}})
			}
		}
		found = append(found, e)
	}
	for _, o := range c.Of("HTTPRoute") {
		h := as[httpRoute](o)
		e := entrance{whole: true}
		for _, parent := range h.Spec.ParentRefs {
			class := as[gateway](c.Find("Gateway", cmp.Or(parent.Namespace, o.Namespace), parent.Name)).Spec.GatewayClassName
			e.peer = controllers[cmp.Or(class, parent.Namespace)]
		}
		e.name = cmp.Or(e.name, o.String())
		for _, rule := range h.Spec.Rules {
			for _, match := range rule.Matches {
				for _, b := range rule.BackendRefs {
					for _, f := range rule.Filters { // Knative goes by the host
						b.Name, _, _ = strings.Cut(cmp.Or(f.URLRewrite.Hostname, b.Name), ".")
					}
					e.routes = append(e.routes, route{match.Path.Value, match.Path.Type == "Exact", backend{b.Name, b.Port}})
				}
			}
		}
		found = append(found, e)
	}
	for _, p := range c.Pods() {
		if !p.onKnative() || p.Owner.Labels["networking.knative.dev/visibility"] == "cluster-local" {
			continue
		}
		e := entrance{peer: peerOf(p), routes: []route{{"/", false, backend{p.Owner.Name, 80}}}}
		if routes := c.nginx(p); len(routes) > 0 {
			e.whole, e.routes = true, routes
		}
		found = append(found, e)
	}
	return found
}

// httpRoute is Gateway API's.
type httpRoute struct {
	Spec struct {
		ParentRefs []struct{ Name, Namespace string } `json:"parentRefs"`
		Rules      []struct {
			Matches []struct{ Path struct{ Type, Value string } }
			Filters []struct {
				URLRewrite struct{ Hostname string } `json:"urlRewrite"`
			}
			BackendRefs []struct {
				Name string
				Port int32
			} `json:"backendRefs"`
		}
	}
}

// gateway is Gateway API's.
type gateway struct {
	Spec struct {
		GatewayClassName string `json:"gatewayClassName"`
	}
}

// ways are the lines of knative/components/front/nginx.conf that choose a service by a path.
var ways = regexp.MustCompile(`(?m)^\s+(?:~\^(\S+)\(/\|\$\)|(default))\s+(\w+);`)

// nginx reads the routes of a pod that is a proxy.
func (c *Cluster) nginx(p Pod) []route {
	var routes []route
	for _, v := range p.Spec.Volumes {
		if v.ConfigMap == nil {
			continue
		}
		config := as[struct{ Data map[string]string }](c.Find("ConfigMap", p.Owner.Namespace, v.ConfigMap.Name)).Data["nginx.conf"]
		for _, found := range ways.FindAllStringSubmatch(config, -1) {
			routes = append(routes, route{cmp.Or(found[1], "/"), false, backend{found[3], 80}})
		}
	}
	return routes
}

// servicePort is the number of the port that an Ingress names.
func (c *Cluster) servicePort(namespace string, b *networkingv1.IngressServiceBackend) int32 {
	for _, s := range c.services() {
		for _, port := range s.Spec.Ports {
			if s.Namespace == namespace && s.Name == b.Name && port.Name == b.Port.Name && port.Name != "" {
				return port.Port
			}
		}
	}
	return b.Port.Number
}

// backends are all that an entrance leads to.
func (e entrance) backends() []backend {
	var found []backend
	for _, r := range e.routes {
		if !slices.Contains(found, r.backend) {
			found = append(found, r.backend)
		}
	}
	return found
}
