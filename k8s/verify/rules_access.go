package verify

import (
	"slices"
	"strings"

	"github.com/gittix/ticketing/shared/config"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
)

// accessRules are about who may read or do what.
var accessRules = []rule{
	{"no Secret", func(c *Cluster, wrong complain) {
		for _, o := range c.Of("Secret") {
			wrong(o, "lies in the repository")
		}
	}},
	{"secrets are files", forEachPod(func(c *Cluster, p Pod, wrong complain) {
		name := p.Command()
		if name == "" {
			return // programs that read no files get theirs by environment
		}
		for _, r := range p.references() {
			if r.kind == "Secret" && r.name != name {
				wrong(p, "is given the Secret %s", r.name)
			}
		}
		for _, container := range p.Spec.Containers {
			fromEnv := len(container.EnvFrom) > 0 || slices.ContainsFunc(container.Env, func(e corev1.EnvVar) bool {
				return e.ValueFrom != nil && e.ValueFrom.SecretKeyRef != nil
			})
			mounted := false
			for _, m := range container.VolumeMounts {
				mounted = mounted || m.MountPath == config.SecretsDir && m.ReadOnly && m.Name == p.secretVolume(name)
			}
			if fromEnv || !mounted && c.hasSecret(p.Owner.Namespace, name, "") {
				wrong(p, "%s does not read its secrets from files in %s", container.Name, config.SecretsDir)
			}
		}
		for _, v := range p.Spec.Volumes {
			if v.Secret != nil && (v.Secret.DefaultMode == nil || *v.Secret.DefaultMode&0o337 != 0) {
				wrong(p, "others than its group may read %s; say defaultMode: 0440", v.Name)
			}
		}
	})},
	{"roles", func(c *Cluster, wrong complain) {
		for _, o := range c.Of("Role", "ClusterRole") {
			for _, r := range as[rbacv1.Role](o).Rules {
				does := func(verbs ...string) bool {
					return slices.ContainsFunc(r.Verbs, func(v string) bool { return slices.Contains(verbs, v) })
				}
				switch {
				case slices.Contains(slices.Concat(r.APIGroups, r.Resources, r.Verbs), "*"):
					wrong(o, "says *")
				case does("bind", "impersonate", "escalate"):
					wrong(o, "may become somebody else")
				case does("create", "update", "patch") && slices.ContainsFunc(r.Resources, func(n string) bool { return strings.HasPrefix(n, "pods") }):
					wrong(o, "may make pods, or run something in them")
				case does("get", "list", "watch") && slices.Contains(r.Resources, "secrets"):
					wrong(o, "may read Secrets")
				}
			}
		}
		for _, o := range c.Of("RoleBinding", "ClusterRoleBinding") {
			binding := as[rbacv1.RoleBinding](o)
			if c.Find(binding.RoleRef.Kind, o.Namespace, binding.RoleRef.Name).Kind == "" {
				wrong(o, "there is no %s %s of ours", binding.RoleRef.Kind, binding.RoleRef.Name)
			}
			for _, s := range binding.Subjects {
				if s.Kind != rbacv1.ServiceAccountKind || c.Find(s.Kind, s.Namespace, s.Name).Kind == "" {
					wrong(o, "there is no %s %s of ours", s.Kind, s.Name)
				}
			}
		}
	}},
	{"ingress", func(c *Cluster, wrong complain) {
		for _, i := range all[networkingv1.Ingress](c, "Ingress") {
			about := "Ingress " + i.Name
			for name := range i.Annotations {
				if strings.HasSuffix(name, "-snippet") {
					wrong(about, "%s configures the controller for everybody", name)
				}
			}
			for _, r := range i.Spec.Rules {
				if c.Target.Production() && (r.Host == "" || strings.HasPrefix(r.Host, "*")) {
					wrong(about, "answers for every host")
				}
			}
		}
	}},
}

// mayAsk says whether a role is bound to an account.
func (c *Cluster) mayAsk(account Object) bool {
	for _, o := range c.Of("RoleBinding", "ClusterRoleBinding") {
		for _, s := range as[rbacv1.RoleBinding](o).Subjects {
			if s.Kind == account.Kind && s.Name == account.Name && s.Namespace == account.Namespace {
				return true
			}
		}
	}
	return false
}

// secretVolume returns the name of the volume that holds a Secret, or "".
func (p Pod) secretVolume(name string) string {
	for _, v := range p.Spec.Volumes {
		if v.Secret != nil && v.Secret.SecretName == name {
			return v.Name
		}
	}
	return ""
}
