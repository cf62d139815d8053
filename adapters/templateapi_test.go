package adapters_test

import (
	"reflect"
	"strings"
	"testing"
)

// TestTemplateThrottles: what has a limit of its own on the API has it on the site's own one, too, which is as public; and static
// files are under no page's limit.
func TestTemplateThrottles(t *testing.T) {
	t.Parallel()
	template, seen := readTemplate(t), 0
	public, inner := template.properties("Api").object("RouteSettings"), template.properties("ServicesApi").object("RouteSettings")
	for _, f := range systemFunctions(t) {
		events := template.properties(f.ID()).object("Events")
		route := events.text("Public", "Properties", "Method") + " " + events.text("Public", "Properties", "Path")
		if events["Site"] != nil && public[route] != nil {
			if seen++; !reflect.DeepEqual(public[route], inner[route]) {
				t.Errorf("%s: %v on the API, %v on the site's own", route, public[route], inner[route])
			}
		}
		if f.IsStatic() && (public[route] == nil || template.properties(f.ID())["ReservedConcurrentExecutions"] != nil) {
			t.Errorf("%s serves files under the limits of pages", f.Name)
		}
	}
	if seen == 0 {
		t.Error("no route has a limit of its own")
	}
}

// TestTemplateMethods: HEAD comes to the function that answers GET, as net/http has it.
func TestTemplateMethods(t *testing.T) {
	t.Parallel()
	template := readTemplate(t)
	for _, f := range systemFunctions(t) {
		for name, e := range template.properties(f.ID()).object("Events") {
			method, path := e.(object).text("Properties", "Method"), e.(object).text("Properties", "Path")
			if f.Method == "GET" && path != "" && method != "ANY" {
				t.Errorf("%s, %s: %s %s takes no HEAD", f.Name, name, method, path)
			}
		}
	}
}

// TestTemplateFailures: an asynchronous invocation that failed leaves what it was for; and an alarm on Lambda's metrics names its
// function: without a name it would be one of the whole account's.
func TestTemplateFailures(t *testing.T) {
	t.Parallel()
	template := readTemplate(t)
	for _, f := range systemFunctions(t) {
		p := template.properties(f.ID())
		if f.Every > 0 && (p.at("EventInvokeConfig", "DestinationConfig", "OnFailure", "Destination") == nil || p.at("Events", "Tick", "Properties", "DeadLetterConfig", "Arn") == nil) {
			t.Errorf("%s fails without a trace", f.Name)
		}
		if template.text("Resources", f.ID()+"FunctionAlarm", "Type") != "AWS::CloudWatch::Alarm" {
			t.Errorf("%s has no alarm", f.Name)
		}
	}
	for id := range template.object("Resources") {
		p := template.properties(id)
		metrics := []any{p}
		for _, m := range p.list("Metrics") {
			metrics = append(metrics, m.(object).object("MetricStat", "Metric"))
		}
		for _, m := range metrics {
			if o := m.(object); strings.HasPrefix(o.text("Namespace"), "AWS/") && len(o.list("Dimensions")) == 0 {
				t.Errorf("%s looks at the whole account", id)
			}
		}
	}
}
