package adapters_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/dispatcher"
	"github.com/gittix/ticketing/adapters/lambda"
	"github.com/gittix/ticketing/adapters/migrate"
	"github.com/gittix/ticketing/functions/auth"
	"github.com/gittix/ticketing/functions/client"
	"github.com/gittix/ticketing/functions/expiration"
	"github.com/gittix/ticketing/functions/orders"
	"github.com/gittix/ticketing/functions/payments"
	"github.com/gittix/ticketing/functions/tickets"
	"github.com/gittix/ticketing/shared/config"
)

// TestTemplateHoldsTheTableOfContents: every endpoint, consumer and schedule of every service is one function of
// template.yaml, reached as its service says, and nothing else is there.
func TestTemplateHoldsTheTableOfContents(t *testing.T) {
	t.Parallel()
	stack := readTemplate(t)
	want := map[string]string{} // by function name: its service, and what leads to it
	const public, inner = " Api:%s %s", " ServicesApi:%s %s"
	for _, s := range services(t) {
		for _, e := range s.Endpoints {
			path := strings.TrimSuffix(e.Path, "{$}")
			want[e.Name] = s.Name + fmt.Sprintf(public, e.Method, path)
			switch {
			case e.Path == "/": // everything that is not elsewhere: a route without method and path
				want[e.Name] = s.Name + fmt.Sprintf(public, "", "")
			case s.Name != "client":
				want[e.Name] += fmt.Sprintf(inner, e.Method, path)
			}
		}
		for _, c := range s.Consumers {
			want[c.Name] = s.Name // invoked by the dispatcher
		}
		for _, c := range s.Schedules {
			every := max(c.Every, time.Minute) // EventBridge's shortest
			want[c.Name] = s.Name + fmt.Sprintf(` every %s {"schedule": "%s"}`, every, c.Name)
		}
	}
	got := map[string]string{}
	for id, f := range stack.functions() {
		name := f.variables()["FUNCTIONS"]
		if _, twice := got[name]; twice {
			t.Errorf("%s is there twice", name)
		}
		got[name] = strings.TrimPrefix(f.text("CodeUri"), "adapters/cmd/") + f.events(t)
		if _, err := os.Stat(filepath.Join(root, f.text("CodeUri"), "Makefile")); err != nil || node(map[string]any(stack.resources()[id]), "Metadata", "BuildMethod") != "makefile" {
			t.Errorf("%s cannot be built: %v", id, err)
		}
		if f.text("FunctionName") != "${AWS::StackName}-"+name || strings.ToLower(id) != strings.ReplaceAll(name, "-", "") {
			t.Errorf("%s, which runs %s, is called %s", id, name, f.text("FunctionName"))
		}
	}
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s: template.yaml says %q, the service %q", name, got[name], text)
		}
	}
	for name := range got {
		if want[name] == "" {
			t.Errorf("template.yaml has %s, which no service knows", name)
		}
	}
	for id, r := range stack.resources() {
		if kind := r.text("Type"); strings.HasPrefix(kind, "AWS::ApiGatewayV2::") || kind == "AWS::Scheduler::Schedule" || kind == "AWS::Events::Rule" ||
			kind == "AWS::Serverless::HttpApi" && id != "Api" && id != "ServicesApi" {
			t.Errorf("%s is a %s that this test does not look into", id, kind)
		}
	}
}

// TestTemplateConsumers: the dispatcher may invoke every consumer and nothing else, and knows what each wants.
func TestTemplateConsumers(t *testing.T) {
	t.Parallel()
	stack := readTemplate(t)
	var want []string
	for _, s := range services(t) {
		for _, c := range s.Consumers {
			want = append(want, c.Name)
		}
	}
	var allowed []string
	for _, s := range stack.statements("DispatcherRole") {
		if s.text("Action") == "lambda:InvokeFunction" {
			for _, arn := range s.list("Resource") {
				id, _ := node(arn, "Fn::GetAtt").(string)
				allowed = append(allowed, stack.functions()[strings.TrimSuffix(id, ".Arn")].variables()["FUNCTIONS"])
			}
		}
	}
	if !same(allowed, want) {
		t.Errorf("the dispatcher may invoke %q, the consumers are %q", allowed, want)
	}
	settings := stack.container("DispatcherTask", "dispatcher")
	if settings["DISPATCH_TARGET"] != "lambda:${AWS::StackName}-{consumer}" || settings["DISPATCH_ROUTES"] != "" {
		t.Errorf("the dispatcher delivers to %q %q", settings["DISPATCH_TARGET"], settings["DISPATCH_ROUTES"])
	}
}

func same(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// TestTemplateSettings: every function and container is given what it needs, and nothing that it does not read.
func TestTemplateSettings(t *testing.T) {
	t.Parallel()
	stack := readTemplate(t)
	readBy := func(settings ...any) map[string]string {
		found := map[string]string{}
		for _, s := range config.Settings(settings...) {
			if found[s.Name] = s.Default; s.Required {
				found[s.Name] = "required"
			}
		}
		return found
	}
	own := map[string]any{
		"auth": auth.Settings{}, "tickets": tickets.Settings{}, "orders": orders.Settings{},
		"payments": payments.Settings{}, "expiration": expiration.Settings{}, "client": client.Settings{},
	}
	check := func(who string, given, read map[string]string) {
		for name := range given {
			if _, ok := read[name]; !ok {
				t.Errorf("%s is given %s, which it does not read", who, name)
			}
		}
		for name, value := range read {
			if _, ok := given[name]; value == "required" && !ok {
				t.Errorf("%s lacks %s", who, name)
			}
		}
	}
	for id, f := range stack.functions() {
		if settings, ok := own[filepath.Base(f.text("CodeUri"))]; ok {
			check(id, f.variables(), readBy(lambda.Settings{}, settings))
		}
	}
	check("Migrate", resource(stack.resources()["Migrate"].object("Properties")).variables(), readBy(migrate.Settings{}))
	check("Globals", stack.globals().variables(), readBy(lambda.Settings{}))
	given := stack.container("DispatcherTask", "dispatcher")
	if _, ok := given["BUS_URL"]; !ok {
		t.Error("the dispatcher lacks BUS_URL")
	}
	check("dispatcher", given, readBy(dispatcher.Settings{}))
	secret := resource(stack.resources()["DispatcherSettings"].object("Properties")).text("SecretString")
	for name, value := range given {
		if key, ok := strings.CutPrefix(value, "${DispatcherSettings}:"); ok && (key != name+"::" || !strings.Contains(secret, `"`+name+`": "`)) {
			t.Errorf("the dispatcher's %s comes from %s, which DispatcherSettings does not hold", name, value)
		}
	}
}

// TestTemplateIsCloudFormation asks AWS's own linter, with the SAM translator in it.
func TestTemplateIsCloudFormation(t *testing.T) {
	t.Parallel()
	const how = "cfn-lint is not installed: pip install cfn-lint"
	program, err := exec.LookPath("cfn-lint")
	if err != nil {
		program, err = exec.LookPath(filepath.Join(os.Getenv("TOOLS"), "cfn-lint", "bin", "cfn-lint"))
	}
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
		if os.Getenv("CI") != "" {
			t.Fatal(how) // where nobody reads what was skipped
		}
		t.Skip(how + "; the other tests of template.yaml need nothing")
	}
	if out, err := exec.CommandContext(t.Context(), program, "--non-zero-exit-code", "warning", filepath.Join(root, "template.yaml")).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
