package manifests

import (
	"slices"
	"strings"
	"text/template"

	"github.com/gittix/ticketing/shared/bus/access"
	"github.com/gittix/ticketing/shared/bus/jetstream"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
)

// kubernetesOutputs are what of k8s/ follows from the services: each service and its database, what it may reach,
// scaling by what waits for it, the ways in, its Secret, and how its image is named and built.
func kubernetesOutputs(s System) []Output {
	all := []Output{
		{Path: "k8s/base/services/kustomization.yaml", Template: "k8s services", Data: s},
		{Path: "k8s/base/network.yaml", Part: "servers", Template: "k8s servers", Data: s},
		{Path: "k8s/base/postgres/kustomization.yaml", Part: "databases", Template: "k8s databases", Data: s},
		{Path: "k8s/components/backup/backup/backup.yaml", Part: "databases", Template: "k8s dumped", Data: s},
		{Path: "k8s/components/backup/backup/backup.yaml", Part: "secrets", Template: "k8s dumped secrets", Data: s},
		{Path: "k8s/components/dispatcher/dispatcher/dispatcher.yaml", Template: "k8s dispatcher", Data: s},
		{Path: "k8s/components/external-secrets/secrets.yaml", Template: "k8s external secrets", Data: s},
		{Path: "k8s/components/gateway-api/gateway.yaml", Part: "routes", Template: "k8s gateway routes", Data: s},
		{Path: "k8s/components/ha-postgres/kustomization.yaml", Part: "databases", Template: "k8s databases", Data: s},
		{Path: "k8s/components/ha-postgres-backups/schedules.yaml", Template: "k8s database schedules", Data: s},
		{Path: "k8s/components/ingress-nginx/ingress.yaml", Part: "routes", Template: "k8s ingress routes", Data: s},
		{Path: "k8s/components/internal-tls/certificates.yaml", Template: "k8s certificates", Data: s},
		{Path: "k8s/components/internal-tls/kustomization.yaml", Part: "databases", Template: "k8s database certificates", Data: s},
		{Path: "k8s/components/keda/kustomization.yaml", Part: "consumers", Template: "k8s consumers", Data: s},
		{Path: "k8s/components/keda/scaledobjects.yaml", Template: "k8s scaled objects", Data: s},
		{Path: "k8s/components/local-images/kustomization.yaml", Template: "k8s images", Data: s},
		{Path: "k8s/components/monitoring/kustomization.yaml", Part: "programs", Template: "k8s traced", Data: s},
		{Path: "k8s/components/monitoring/ticketing.yaml", Part: "programs", Template: "k8s programs", Data: s},
		{Path: "k8s/overlays/skaffold/skaffold.yaml", Part: "services", Template: "k8s artifacts", Data: s},
		{Path: "k8s/base/nats-streaming/users.conf", Text: []byte(access.Config(s.BusRoles, access.Streaming))},
		{Path: "k8s/components/jetstream/nats/users.conf", Text: []byte(access.Config(s.BusRoles, access.JetStream))},
		{Path: "k8s/scripts/databases", Part: "databases", Template: "databases dumped", Data: s},
		{Path: "k8s/scripts/secrets", Part: "keys", Template: "k8s keys", Data: s},
	}
	for _, service := range s.Services {
		all = append(all, Output{Path: "k8s/base/services/" + service.Name + ".yaml", Template: "k8s service", Data: service})
		if service.Reaches("postgres") {
			all = append(all,
				Output{Path: "k8s/base/postgres/" + service.Name + "/kustomization.yaml", Template: "k8s database", Data: service},
				Output{Path: "k8s/components/ha-postgres/" + service.Name + "/kustomization.yaml", Template: "k8s database cluster", Data: service})
		}
	}
	return all
}

var kubernetesFunctions = template.FuncMap{
	"names": func(services []Service) string { return strings.Join(names(services), ", ") },
	"piped": func(services []Service) string { return strings.Join(names(services), "|") },
	// What a setting without a value reaches is not reached: who sets it opens the way.
	"needing": func(s System, place string) []Service {
		return filter(s.Services, func(s Service) bool {
			return slices.ContainsFunc(s.Settings, func(c config.Setting) bool { return (c.Required || c.Default != "") && c.Reaches == place })
		})
	},
	"reaching": func(s System, place string) []Service {
		return filter(s.Services, func(s Service) bool { return s.Reaches(place) })
	},
	"onBus":      func(s System) []Service { return filter(s.Services, Service.onBus) },
	"publishers": func(s System) []Service { return filter(s.Services, func(s Service) bool { return s.Outbox }) },
	"consuming": func(s System) []Service {
		return filter(s.Services, func(s Service) bool { return len(s.Consumers()) > 0 })
	},
	"calling": func(s System) []Service {
		return filter(s.Services, func(s Service) bool { return len(s.calls()) > 0 })
	},
	"bus": Service.onBus, "calls": Service.calls, "component": Service.component, "heavy": Service.heavy, "keys": Service.keys,
	"needsSecret": Service.needsSecret, "reads": Service.reads, "prefixes": Service.prefixes, "cron": cron, "durable": jetstream.DurableName, "server": newServer,
	"events": event.All,
	"dashed": func(name string) string { return strings.ReplaceAll(name, "_", "-") }, // as names of objects must be
	"reversed": func(services []Service) []Service {
		services = slices.Clone(services)
		slices.Reverse(services)
		return services
	},
	"ports": func(ports ...int) []int { return ports },
}

// server is one that several services reach: the pods whose label has its name.
type server struct {
	Name    string
	Ports   []int
	Label   string
	Clients []string
}

func newServer(name string, ports []int, label string, services []Service, more ...string) server {
	return server{name, ports, label, append(append(names(services), "dispatcher"), more...)}
}

func names(services []Service) []string {
	var all []string
	for _, s := range services {
		all = append(all, s.Name)
	}
	return all
}

// onBus reports whether the service, where it is a process of its own, sends or receives events.
func (s Service) onBus() bool { return s.Outbox || len(s.Consumers()) > 0 }

// calls are the settings that say where other services are.
func (s Service) calls() []config.Setting {
	return slices.DeleteFunc(slices.Clone(s.Settings), func(c config.Setting) bool {
		return c.Reaches == "" || slices.Contains([]string{"postgres", "redis", "bus", "internet", "mail"}, c.Reaches)
	})
}

// component is the service's role: site, api, or a worker that has no endpoints.
func (s Service) component() string {
	switch endpoints := s.Endpoints(); {
	case len(endpoints) == 0:
		return "worker"
	case slices.ContainsFunc(endpoints, Function.IsPage):
		return "site"
	}
	return "api"
}

// heavy reports whether one of the service's functions asks for memory of its own.
func (s Service) heavy() bool {
	return slices.ContainsFunc(s.Functions, func(f Function) bool { return f.Memory > 0 })
}

// keys are those of the service's Secret, where it is a process of its own.
func (s Service) keys() []string {
	var all []string
	for _, c := range s.Settings {
		if c.Secret {
			all = append(all, c.Name)
		}
	}
	if s.onBus() {
		all = append(all, "BUS_URL")
	}
	return all
}

// needsSecret reports whether the service cannot do without its Secret.
func (s Service) needsSecret() bool {
	return s.onBus() || slices.ContainsFunc(s.Settings, func(c config.Setting) bool { return c.Secret && c.Required })
}

// reads reports whether the service reads a setting.
func (s Service) reads(name string) bool {
	return slices.ContainsFunc(s.Settings, func(c config.Setting) bool { return c.Name == name })
}

// prefixes are the paths that lead to the service: of the API such as /api/orders, of the site /.
func (s Service) prefixes() []string {
	if s.component() == "site" {
		return []string{"/"}
	}
	var all []string
	for _, e := range s.Endpoints() {
		segments := strings.SplitN(e.Path, "/", 4) // "", api, orders
		if prefix := strings.Join(segments[:3], "/"); !slices.Contains(all, prefix) {
			all = append(all, prefix)
		}
	}
	return all
}
