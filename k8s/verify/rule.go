package verify

import (
	"fmt"
	"slices"
	"strings"
)

// rule is what every cluster keeps.
type rule struct {
	name  string
	check func(*Cluster, complain)
}

// complain says what breaks a rule.
type complain func(about any, format string, args ...any)

// rules are all there are.
func rules() []rule {
	return slices.Concat(containerRules, podRules, availabilityRules, referenceRules, accessRules, networkRules, codeRules, routeRules)
}

// exceptions are complaints that are wrong, by rule and object, with the reason.
var exceptions = map[string]string{
	"restricted: DaemonSet node-exporter":   "it reads the node's files, which is what it is for",
	"namespace: Namespace monitoring-nodes": "node-exporter is alone there",
}

// complaints are what a cluster has against a rule, without the exceptions; used collects those.
func (r rule) complaints(c *Cluster, used map[string]bool) []string {
	var found []string
	r.check(c, func(about any, format string, args ...any) {
		exception := fmt.Sprintf("%s: %v", r.name, about)
		if exceptions[exception] != "" {
			used[exception] = true
			return
		}
		found = append(found, exception+": "+fmt.Sprintf(format, args...))
	})
	slices.Sort(found)
	return slices.Compact(found)
}

// forEachPod makes a rule's check of one of pods.
func forEachPod(check func(*Cluster, Pod, complain)) func(*Cluster, complain) {
	return func(c *Cluster, wrong complain) {
		for _, p := range c.Pods() {
			check(c, p, wrong)
		}
	}
}

// registries are where the images of this repository's commands lie: a public one, and a laptop's.
var registries = []string{"ghcr.io/gittix/ticketing/", "dev.local/ticketing/"}

// command returns the command of this repository that an image holds, or "".
func command(image string) string {
	for _, r := range registries {
		if rest, ours := strings.CutPrefix(image, r); ours {
			name, _, _ := strings.Cut(rest, "@")
			name, _, _ = strings.Cut(name, ":")
			return name
		}
	}
	return ""
}

// Command is the command of this repository that the pod's first container runs, or "".
func (p Pod) Command() string { return command(p.Spec.Containers[0].Image) }
