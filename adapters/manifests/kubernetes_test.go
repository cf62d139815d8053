package manifests

import (
	"slices"
	"testing"
)

// TestWayOut: a service that reaches the internet is let out by the network policies of Kubernetes, too. auth is not: who sets PASSWORD_BREACH_URL opens the way.
func TestWayOut(t *testing.T) {
	t.Parallel()
	system, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	needing := kubernetesFunctions["needing"].(func(System, string) []Service)
	let := append(names(needing(system, "internet")), "auth")
	for _, s := range system.Services {
		if s.Reaches("internet") && !slices.Contains(let, s.Name) {
			t.Errorf("%s reaches the internet by a setting without a value, and no policy lets it out", s.Name)
		}
	}
}
