package manifests

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// TestAWSValues: a value is that of a setting that some service reads; a typing mistake would leave it at its default.
func TestAWSValues(t *testing.T) {
	t.Parallel()
	system, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for name := range awsValues {
		if !slices.ContainsFunc(system.Services, func(s Service) bool { return s.Reads(name) }) {
			t.Errorf("no service reads %s", name)
		}
	}
}

// TestAWSFunctions: a function is given what it reads, is placed where it reaches that, and nothing more.
func TestAWSFunctions(t *testing.T) {
	t.Parallel()
	database := config.Setting{Name: "DATABASE_URL", Required: true, Reaches: "postgres"}
	stripe := config.Setting{Name: "STRIPE_SECRET_KEY", Required: true, Reaches: "internet"}
	site := config.Setting{Name: "AUTH_API_URL", Required: true, Reaches: "auth"}
	copies := Function{Kind: Consumer, Name: "copy-order", Service: "payments", Settings: []config.Setting{database}}
	pays := Function{Kind: Endpoint, Name: "pay", Service: "payments", Method: "POST", Path: "/api/pay/{id}", Settings: []config.Setting{database, stripe}, Needs: function.Needs{Timeout: 18 * time.Second, Memory: 512}}
	slow := Function{Kind: Endpoint, Name: "slow", Service: "payments", Method: "POST", Path: "/api/slow", Settings: []config.Setting{database}, Needs: function.Needs{Timeout: 26 * time.Second}}
	page := Function{Kind: Endpoint, Name: "home-page", Service: "client", Method: "GET", Path: "/{$}", Settings: []config.Setting{site}}
	rest := Function{Kind: Endpoint, Name: "rest-page", Service: "client", Method: "GET", Path: "/"}
	sweep := Function{Kind: Schedule, Name: "sweep", Service: "auth", Every: 90 * time.Minute}
	for name, c := range map[string]struct {
		f             Function
		callers       []string
		with, without []string
	}{
		"consumer": {copies, nil, []string{"DependsOn: Migrations", "postgres://payments:", "IsolatedA", "[!Ref DatabaseClient]", "Size, Consumer]"}, []string{"STRIPE", "Outward", "Events:", "Timeout"}},
		"endpoint": {pays, []string{"client"}, []string{"STRIPE_SECRET_KEY: !If [Sandbox, !GetAtt Migrations.", "OutwardA", "!Ref DatabaseClient, !Ref Outward]", "Size, Endpoint]", "REQUEST_TIMEOUT: 18s", "Timeout: 23", "MemorySize: 512", "ServicesApi, Method: POST, Path: '/api/pay/{id}'"}, nil},
		"slow":     {slow, nil, []string{"REQUEST_TIMEOUT: 26s", "Timeout: 29"}, nil},
		"page":     {page, nil, []string{"AUTH_API_URL: !GetAtt ServicesApi.ApiEndpoint", "Size, Page]", "Api, Method: ANY, Path: /}", "OutwardA", "[!Ref Outward]"}, []string{"Isolated", "DependsOn", "!Ref ServicesApi"}},
		"rest":     {rest, nil, []string{"{ApiId: !Ref Api}"}, []string{"Path"}},
		"schedule": {sweep, nil, []string{"rate(90 minutes)", "Timeout: 60", "[Reserves, 1, !Ref AWS::NoValue]", "OnFailure", `{"schedule": "sweep"}`}, []string{"HttpApi"}},
	} {
		out, err := execute("aws functions", System{Services: []Service{{Name: c.f.Service, Callers: c.callers, Functions: []Function{c.f}}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range c.with {
			if !strings.Contains(string(out), part) {
				t.Errorf("%s lacks %s:\n%s", name, part, out)
			}
		}
		for _, part := range c.without {
			if strings.Contains(string(out), part) {
				t.Errorf("%s has %s:\n%s", name, part, out)
			}
		}
	}
	lacks := deployed{Function: Function{Name: "new", Settings: []config.Setting{{Name: "NEW_SECRET", Required: true}}}}
	if lines, err := awsEnvironment(lacks); err == nil || !strings.Contains(err.Error(), "NEW_SECRET") {
		t.Errorf("a required setting without a value: %v, %v", lines, err)
	}
}

// TestAWSSettingsAreEnough: each function can be opened with the settings that it is given, and no others.
func TestAWSSettingsAreEnough(t *testing.T) {
	t.Parallel()
	system, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for i, def := range functions.Services() {
		examples := config.Values{}
		for _, s := range system.Services[i].Settings {
			examples[s.Name] = s.Example
		}
		for _, f := range deployedOf(system.Services[i]) {
			lines, err := awsEnvironment(f)
			if err != nil {
				t.Error(err)
			}
			given := config.Values{}
			for _, line := range lines {
				name, _, _ := strings.Cut(line, ":")
				if value, ok := examples[name]; ok {
					given[name] = value
				}
			}
			service, err := function.Open(def.New, given, strings.Split(f.Holds, ",")...)
			if err != nil {
				t.Errorf("%s: %v", f.Name, err)
				continue
			}
			service.Stop()
		}
	}
}

func TestRate(t *testing.T) {
	t.Parallel()
	for every, want := range map[time.Duration]string{
		10 * time.Second: "rate(1 minute)", 5 * time.Minute: "rate(5 minutes)", time.Hour: "rate(1 hour)", 24 * time.Hour: "rate(24 hours)",
	} {
		if got := rate(Function{Every: every}); got != want {
			t.Errorf("%v: %s", every, got)
		}
	}
}
