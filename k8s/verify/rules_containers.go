package verify

import (
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// containerRules are about each container by itself.
var containerRules = []rule{
	{"resources", forEachContainer(func(p Pod, c corev1.Container, wrong complain) {
		// No limit of CPU is asked for: it would throttle a service while the node idles.
		for what, missing := range map[string]bool{
			"a request of CPU": c.Resources.Requests.Cpu().IsZero(), "a request of memory": c.Resources.Requests.Memory().IsZero(),
			"a limit of memory": c.Resources.Limits.Memory().IsZero(),
		} {
			if missing {
				wrong(p, "%s has not %s", c.Name, what)
			}
		}
	})},
	{"probes", forEachContainer(func(p Pod, c corev1.Container, wrong complain) {
		if !p.Serves() {
			return
		}
		if c.ReadinessProbe == nil || c.LivenessProbe == nil {
			wrong(p, "%s lacks a readiness or a liveness probe", c.Name)
		}
		if command(c.Image) != "" && p.Owner.Kind == "Deployment" && c.StartupProbe == nil {
			wrong(p, "%s lacks a startup probe", c.Name)
		}
	})},
	{"image", forEachContainer(func(p Pod, c corev1.Container, wrong complain) {
		if !pinned.MatchString(c.Image) || !strings.ContainsAny(c.Image, ":@") {
			wrong(p, "%q says no exact version", c.Image)
		}
	})},
	{"read-only root", forEachContainer(func(p Pod, c corev1.Container, wrong complain) {
		if s := c.SecurityContext; s == nil || s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem {
			wrong(p, "%s may write to its image", c.Name)
		}
	})},
	{"user", forEachContainer(func(p Pod, c corev1.Container, wrong complain) {
		var user int64
		if s := p.Spec.SecurityContext; s != nil && s.RunAsUser != nil {
			user = *s.RunAsUser
		}
		if s := c.SecurityContext; s != nil && s.RunAsUser != nil {
			user = *s.RunAsUser
		}
		if user == 0 || command(c.Image) != "" && user < 10000 {
			wrong(p, "%s runs as user %d; ours is 65532", c.Name, user)
		}
	})},
	{"no subPath", forEachContainer(func(p Pod, c corev1.Container, wrong complain) {
		for _, m := range c.VolumeMounts {
			if volume := p.volume(m.Name); m.SubPath+m.SubPathExpr != "" && volume.ConfigMap == nil {
				wrong(p, "%s mounts a part of %s, where links may lead out of it", c.Name, m.Name)
			}
		}
	})},
}

// pinned is an image with a version of two or more parts, or a digest, or both; "dev" is what a laptop has just built.
var pinned = regexp.MustCompile(`^[a-z0-9][a-z0-9./-]*(:v?\d+(\.\d+)+[A-Za-z0-9.-]*|:dev)?(@sha256:[0-9a-f]{64})?$`)

func forEachContainer(check func(Pod, corev1.Container, complain)) func(*Cluster, complain) {
	return forEachPod(func(_ *Cluster, p Pod, wrong complain) {
		for _, c := range p.Containers() {
			check(p, c, wrong)
		}
	})
}
