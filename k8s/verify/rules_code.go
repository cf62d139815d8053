package verify

import (
	"os"
	"path/filepath"
	"strconv"

	corev1 "k8s.io/api/core/v1"
)

// codeRules hold the manifests to the code.
var codeRules = []rule{
	{"commands", forEachContainer(func(p Pod, c corev1.Container, wrong complain) {
		name := command(c.Image)
		if name == "" {
			return
		}
		if _, err := os.Stat(filepath.Join(Root, "adapters/cmd", name)); err != nil {
			wrong(p, "there is no command %s", name)
		}
		if len(c.Command)+len(c.Args) > 0 && name != "ticketing" && name != "stress" {
			wrong(p, "%s takes no arguments", name)
		}
	})},
	{"settings", forEachPod(func(c *Cluster, p Pod, wrong complain) {
		name := p.Command()
		if name == "" {
			return
		}
		read, err := settingsOf(name, p.onKnative())
		if err != nil {
			wrong(p, "%v", err)
		}
		given := c.settings(p)
		for setting := range given {
			_, known := read[setting]
			if !known && !runtime.MatchString(setting) {
				wrong(p, "%s does not read %s", name, setting)
			}
		}
		for setting, value := range read {
			if value == required && given[setting] == "" && !p.reads(setting) {
				wrong(p, "nothing gives %s to %s", setting, name)
			}
		}
		if err := c.accepts(p); err != nil {
			wrong(p, "%s says: %v", name, err)
		}
		everywhere, err := settingsOf(name, false) // Kubernetes and Knative share their Secrets
		if err != nil {
			wrong(p, "%v", err)
		}
		for setting := range c.secretsOf(p) {
			if _, known := everywhere[setting]; !known {
				wrong(p, "%s does not read %s, which its Secret has", name, setting)
			}
		}
		for setting := range variables(p.Spec.Containers[0]) {
			if secrets[setting] {
				wrong(p, "%s is a secret, and stands in the manifest", setting)
			}
		}
	})},
	{"ports and probes", forEachPod(func(c *Cluster, p Pod, wrong complain) {
		service, ours := programs()[p.Command()]
		if !ours {
			return
		}
		container, given := p.Spec.Containers[0], c.settings(p)
		read, err := settingsOf(service.service.Name, p.onKnative())
		if err != nil {
			wrong(p, "%v", err)
		}
		for name, setting := range map[string]string{"http": "PORT", "metrics": "METRICS_PORT"} {
			want := given[setting]
			if want == "" {
				want = read[setting]
			}
			for _, port := range container.Ports {
				if port.Name == name && strconv.Itoa(int(port.ContainerPort)) != want {
					wrong(p, "port %s is %d; the process listens on %s", name, port.ContainerPort, want)
				}
				if port.Name != "http" && port.Name != "metrics" && !p.onKnative() {
					wrong(p, "nobody listens on port %s", port.Name)
				}
			}
		}
		for what, probe := range map[string]*corev1.Probe{"/health": container.LivenessProbe, "/api/healthz": container.ReadinessProbe} {
			if !asks(probe, what) {
				wrong(p, "a probe does not ask for %s on port http", what)
			}
		}
		if container.StartupProbe != nil && !asks(container.StartupProbe, "/health") {
			wrong(p, "the startup probe does not ask for /health")
		}
	})},
}

// secrets are the settings that no manifest may give.
var secrets = map[string]bool{
	"DATABASE_URL": true, "JWT_SECRET": true, "PASSWORD_PEPPER": true, "STRIPE_SECRET_KEY": true, "STRIPE_WEBHOOK_SECRET": true,
	"REDIS_URL": true, "BUS_URL": true, "DISPATCH_OUTBOXES": true, "MIGRATE_ADMIN_URL": true, "MIGRATE_DATABASES": true,
}

// asks says whether a probe asks for a path on the port of requests.
func asks(p *corev1.Probe, path string) bool {
	if p == nil || p.HTTPGet == nil || p.HTTPGet.Path != path {
		return false
	}
	port := p.HTTPGet.Port
	return port.StrVal == "http" || port.IntVal == 8080 || port.StrVal == "" && port.IntVal == 0 // Knative fills it in
}

// onKnative says whether the pod is one of Knative Serving's.
func (p Pod) onKnative() bool { return p.Owner.Kind == "Service" }

// reads says whether a setting comes from an object.
func (p Pod) reads(setting string) bool {
	for _, e := range p.Spec.Containers[0].Env {
		if e.Name == setting && e.ValueFrom != nil {
			return true
		}
	}
	return false
}
