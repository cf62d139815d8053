package verify

import (
	"path"
	"strings"
)

// Target is something that is built: a base or an overlay, with components or without.
type Target struct {
	Base       string   // such as k8s/overlays/aws
	Components []string // such as k8s/components/adminer
}

// Name tells targets apart, and has no slash.
func (t Target) Name() string {
	name := strings.ReplaceAll(t.Base, "/", "-")
	for _, c := range t.Components {
		name += "-with-" + path.Base(c)
	}
	return name
}

// Production says whether the target is for real customers.
func (t Target) Production() bool {
	switch path.Base(t.Base) {
	case "aws", "digitalocean", "production":
		return true
	}
	return false
}

// IsOverlay says whether the target is a place where the system can run.
func (t Target) IsOverlay() bool { return strings.Contains(t.Base, "/overlays/") }

// OnKnative says whether the services are Knative's.
func (t Target) OnKnative() bool { return strings.HasPrefix(t.Base, "knative/") }
