package adapters_test

import (
	"slices"
	"strings"
	"testing"
)

// cluster is a kubectl: what it answers to calls that a shell pattern matches; nothing to others.
func cluster(answers ...string) map[string]string {
	does := "case \"$*\" in\n"
	for i := 0; i < len(answers); i += 2 {
		does += answers[i] + ") " + answers[i+1] + ";;\n"
	}
	return map[string]string{"kubectl": does + "esac"}
}

const (
	aService = "echo kind: Service"
	sleeping = "*' get services.serving.knative.dev '*"
	wanted   = "*'--filename -'"
	present  = "*' --selector app.kubernetes.io/part-of=ticketing --output go-template'*"
)

// TestMoveTakesKnativesServicesFirst: also while an API that has nothing to do with it does not answer; and nothing is done when the
// cluster does not say what runs.
func TestMoveTakesKnativesServicesFirst(t *testing.T) {
	t.Parallel()
	const knatives = "echo service.serving.knative.dev/orders"
	for name, c := range map[string]struct {
		answers []string
		refused bool
	}{
		"known":           {[]string{"kustomize*", aService, "*'customresourcedefinitions services.serving.knative.dev '*", "echo x", "api-resources*", "echo services.serving.knative.dev; exit 1", sleeping, knatives, wanted, "echo Service/orders"}, false},
		"no answer":       {[]string{"kustomize*", aService, "*customresourcedefinitions*", "exit 1", "api-resources*", "exit 1", wanted, "echo Service/orders"}, true},
		"half an answer":  {[]string{"kustomize*", aService, "*customresourcedefinitions*", "echo x", "api-resources*", "echo services.serving.knative.dev; echo triggers.eventing.knative.dev; echo cronjobs.batch", sleeping, knatives, "*triggers.eventing.knative.dev*", "exit 1", wanted, "echo Service/orders"}, true},
		"without Knative": {[]string{"kustomize*", aService, wanted, "echo Service/orders"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := script(t, cluster(c.answers...), nil, "k8s/scripts/move", "k8s/overlays/minikube", "--yes")
			if (r.err != nil) != c.refused {
				t.Fatalf("%v: %s", r.err, r.said)
			}
			done := slices.DeleteFunc(slices.Clone(r.calls), func(call string) bool {
				return !strings.Contains(call, " delete ") && !strings.Contains(call, " apply ")
			})
			switch {
			case c.refused && len(done) > 0:
				t.Errorf("done: %v", done)
			case name == "known" && (len(done) != 2 || !strings.HasSuffix(done[0], " service.serving.knative.dev/orders")):
				t.Errorf("done: %v", done)
			}
		})
	}
}

// TestMoveDeletesOnlyWhatIsLeft: where the cluster does not say what of the overlay it has, nothing is taken for what is left.
func TestMoveDeletesOnlyWhatIsLeft(t *testing.T) {
	t.Parallel()
	const both = "echo Service/orders; echo Ingress/old"
	for name, c := range map[string]struct {
		kept, there, left string
		refused           bool
	}{
		"one is left":      {"echo Service/orders", both, "Ingress/old", false},
		"none is left":     {both, both, "", false},
		"none is there":    {both, "", "", false},
		"no answer":        {"exit 1", both, "", true},
		"half an answer":   {"echo Service/other; exit 1", both, "", true},
		"an empty answer":  {"", both, "", true},
		"no second answer": {"echo Service/orders", both + "; exit 1", "", true},
	} {
		for _, option := range []string{"--yes", "--left"} {
			t.Run(name+option, func(t *testing.T) {
				t.Parallel()
				r := script(t, cluster("kustomize*", aService, wanted, c.kept, present, c.there), nil, "k8s/scripts/move", "k8s/overlays/minikube", option)
				deleted, applied, want := r.called(" delete "), r.called(" apply "), []string{}
				if c.left != "" && option == "--yes" {
					want = []string{"kubectl --namespace ticketing delete " + c.left}
				}
				if (r.err != nil) != c.refused || !slices.Equal(deleted, want) || (len(applied) > 0) != (option == "--yes") {
					t.Errorf("%v: %v; %s", r.err, deleted, r.said)
				}
				if listed := len(r.called("cronjobs.batch")) > 0; !c.refused && listed != (option == "--left") { // on Knative services are called by some
					t.Errorf("CronJobs: %v", r.calls)
				}
				if option == "--left" && strings.TrimSpace(r.out) != c.left {
					t.Errorf("says %q", r.out)
				}
			})
		}
	}
}

// TestURLsAreAllOrNone: an address that is not named is one that there is not.
func TestURLsAreAllOrNone(t *testing.T) {
	t.Parallel()
	const (
		ingress = "*' get ingresses.networking.k8s.io '*"
		address = "echo http://orders.example"
		groups  = "*customresourcedefinitions*) exit 1;; 'get --raw /apis'" // the deployer may not read the former
		all     = `echo '{"groups":[{"name":"networking.k8s.io"},{"name":"serving.knative.dev"}]}'`
	)
	for name, c := range map[string]struct {
		answers []string
		want    string
		refused bool
	}{
		"nothing":        {nil, "Nothing leads into the cluster", false},
		"an Ingress":     {[]string{groups, all, ingress, address}, "http://orders.example", false},
		"Knative":        {[]string{groups, all, sleeping, address}, "http://orders.example", false},
		"half an answer": {[]string{groups, all, ingress, "exit 1", sleeping, address}, "", true},
		"no answer":      {[]string{groups, "exit 1"}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := script(t, cluster(c.answers...), nil, "k8s/scripts/urls")
			if (r.err != nil) != c.refused || !strings.HasPrefix(r.out, c.want) || c.refused && r.out != "" {
				t.Errorf("%v: %s%s", r.err, r.out, r.said)
			}
		})
	}
}
