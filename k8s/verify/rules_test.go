package verify

import (
	"slices"
	"strings"
	"testing"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
)

// Places whose manifests are broken below.
const (
	base      = "k8s/base"
	laptop    = "k8s/overlays/minikube"
	aws       = "k8s/overlays/aws"
	watched   = "k8s/base with k8s/components/monitoring"
	knativeOn = "knative/overlays/minikube"
	noEvents  = "knative/overlays/minikube-without-eventing"
)

// breakage is a change to one object that a rule must see.
type breakage struct {
	rule, place, object string
	patch               string // JSON Patch; "": the object goes
}

// TestRulesSeeWhatIsWrong breaks manifests that keep every rule.
func TestRulesSeeWhatIsWrong(t *testing.T) {
	t.Parallel()
	trees, err := ReadTrees(Root)
	if err != nil {
		t.Fatal(err)
	}
	whole := map[string]*Cluster{}
	seen := map[string]bool{}
	for _, b := range slices.Concat(brokenPods, brokenSystem) {
		if whole[b.place] == nil {
			where, component, _ := strings.Cut(b.place, " with ")
			c, err := trees.Build(Target{Base: where, Components: strings.Fields(component)})
			if err != nil {
				t.Fatal(err)
			}
			if c.Secrets, err = c.makeSecrets(t.Context()); err != nil {
				t.Fatal(err)
			}
			whole[b.place] = c
		}
		seen[b.rule] = true
	}
	for _, r := range rules() {
		if !seen[r.name] {
			t.Errorf("nothing breaks the rule %q", r.name)
		}
		for place, c := range whole {
			if wrong := r.complaints(c, map[string]bool{}); len(wrong) > 0 {
				t.Errorf("%s is no good example: %v", place, wrong)
			}
		}
	}
	for _, b := range slices.Concat(brokenPods, brokenSystem) {
		t.Run(b.rule+"/"+b.object, func(t *testing.T) {
			t.Parallel()
			broken := whole[b.place].without(t, b)
			at := slices.IndexFunc(rules(), func(r rule) bool { return r.name == b.rule })
			if at < 0 || len(rules()[at].complaints(broken, map[string]bool{})) == 0 {
				t.Errorf("nobody minds %s", b.patch)
			}
		})
	}
}

// without returns a copy that is broken.
func (c *Cluster) without(t *testing.T, b breakage) *Cluster {
	t.Helper()
	broken, found := &Cluster{Target: c.Target, Secrets: c.Secrets}, false
	for _, o := range c.Objects {
		text := o.Text
		if o.String() == b.object {
			found = true
			if b.patch == "" {
				continue
			}
			patch, err := jsonpatch.DecodePatch([]byte(b.patch))
			if err != nil {
				t.Fatal(err)
			}
			if text, err = patch.Apply(text); err != nil {
				t.Fatal(err)
			}
		}
		if err := broken.add(text); err != nil {
			t.Fatal(err)
		}
	}
	if !found {
		t.Fatalf("%s has no %s", b.place, b.object)
	}
	return broken
}
