package adapters_test

import (
	"regexp"
	"testing"

	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/function"
)

// services are the tables of contents of all services. Nothing is connected.
func services(t *testing.T) []function.Service {
	t.Helper()
	var all []function.Service
	for _, def := range functions.Services() {
		s, err := def.Contents()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Stop)
		all = append(all, s)
	}
	return all
}

// TestFunctionsHaveNamesOfTheirOwn: a name is a Lambda's, a queue group's and a metric's; a place is one endpoint's.
func TestFunctionsHaveNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[a-z]+(-[a-z]+)+$`)
	names, places := map[string]string{}, map[string]string{}
	for _, s := range services(t) {
		for _, name := range s.Functions() {
			if !form.MatchString(name) {
				t.Errorf("%s: %q is not like create-order", s.Name, name)
			}
			if other, taken := names[name]; taken {
				t.Errorf("%s and %s both have a function %s", other, s.Name, name)
			}
			names[name] = s.Name
		}
		for _, e := range s.Endpoints {
			if other, taken := places[e.Method+" "+e.Path]; taken {
				t.Errorf("%s and %s both answer %s %s", other, e.Name, e.Method, e.Path)
			}
			places[e.Method+" "+e.Path] = e.Name
		}
	}
}

// TestServicesCanBeRun: each has what every adapter calls, and those that consume can put an event aside.
func TestServicesCanBeRun(t *testing.T) {
	t.Parallel()
	for _, s := range services(t) {
		if s.Start == nil || s.Ready == nil || s.Stop == nil {
			t.Errorf("%s cannot be started, asked or stopped", s.Name)
		}
		if len(s.Consumers) > 0 && s.DeadLetters == nil {
			t.Errorf("%s has nowhere to keep dead letters", s.Name)
		}
		for _, schedule := range s.Schedules {
			if schedule.Every <= 0 || schedule.Run == nil {
				t.Errorf("%s does not say how often", schedule.Name)
			}
		}
		for _, c := range s.Consumers {
			if len(c.Types) == 0 || c.Handle == nil {
				t.Errorf("%s consumes nothing", c.Name)
			}
		}
	}
}
