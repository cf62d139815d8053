package adapters_test

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/manifests"
	"github.com/gittix/ticketing/shared/function"
)

// TestTemplateThrottles: what has a limit of its own on the API has it on the site's own one, too, which is as public; what is limited for an address, which
// does not hold in a small stack, has one; and static files are under no page's limit.
func TestTemplateThrottles(t *testing.T) {
	t.Parallel()
	template, seen := readTemplate(t), 0
	public, inner := template.properties("Api").object("RouteSettings"), template.properties("ServicesApi").object("RouteSettings")
	for _, f := range systemFunctions(t) {
		events := template.properties(f.ID()).object("Events")
		limited := false
		for _, way := range []string{"", "Below"} {
			route := events.text("Public"+way, "Properties", "Method") + " " + events.text("Public"+way, "Properties", "Path")
			limited = limited || public[route] != nil
			if events["Site"+way] != nil && public[route] != nil {
				if seen++; !reflect.DeepEqual(public[route], inner[route]) {
					t.Errorf("%s: %v on the API, %v on the site's own", route, public[route], inner[route])
				}
			}
		}
		if !limited && (f.IsStatic() || f.Reads("MAILS_PER_ADDRESS") || f.Reads("SIGNUPS_PER_ADDRESS")) {
			t.Errorf("%s has no limit of its own", f.Name)
		}
		if f.IsStatic() && template.properties(f.ID())["ReservedConcurrentExecutions"] != nil {
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
		if f.Kind != manifests.Endpoint && template.text("Resources", f.ID()+"FunctionAlarm", "Type") != "AWS::CloudWatch::Alarm" { // an endpoint has the API's
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

// TestTemplateApisAreWatched: endpoints have no alarm of their own, but their API has one, which counts what they answer and do not.
func TestTemplateApisAreWatched(t *testing.T) {
	t.Parallel()
	template := readTemplate(t)
	counted := map[string]bool{}
	for id := range template.object("Resources") {
		if p := template.properties(id); p.text("MetricName") == "5xx" {
			counted[p.list("Dimensions")[0].(object).text("Value")] = true
		}
	}
	for _, f := range systemFunctions(t) {
		for _, e := range template.properties(f.ID()).object("Events") {
			if api := e.(object).text("Properties", "ApiId"); f.Kind == manifests.Endpoint && !counted[api] {
				t.Errorf("%s fails, and no alarm counts the errors of %s", f.Name, api)
			}
		}
	}
}

// TestTemplateImages: an image is named by its digest, so that what was deployed stays what it was; and a task that does not get
// healthy fails the deploy.
func TestTemplateImages(t *testing.T) {
	t.Parallel()
	template, seen := readTemplate(t), 0
	digest := regexp.MustCompile(`@sha256:\S*64`)
	for id := range template.object("Resources") {
		p := template.properties(id)
		for _, c := range p.list("ContainerDefinitions") {
			image, essential := c.(object).text("Image"), c.(object).text("Essential") != "false"
			if seen++; !digest.MatchString(template.text("Parameters", image, "AllowedPattern")) {
				t.Errorf("%s: %s need not be a digest", id, image)
			}
			if essential && c.(object)["HealthCheck"] == nil {
				t.Errorf("%s: nothing says whether %s is healthy", id, c.(object).text("Name"))
			}
		}
		if template.text("Resources", id, "Type") == "AWS::ECS::Service" && p.at("DeploymentConfiguration", "DeploymentCircuitBreaker", "Enable") != true {
			t.Errorf("a broken %s does not fail the deploy", id)
		}
	}
	if seen < 3 {
		t.Errorf("%d containers only", seen)
	}
}

// TestTemplateParameters: the console asks for every parameter, in a group.
func TestTemplateParameters(t *testing.T) {
	t.Parallel()
	template := readTemplate(t)
	asked := map[string]bool{}
	for _, group := range template.list("Metadata", "AWS::CloudFormation::Interface", "ParameterGroups") {
		for _, name := range group.(object).list("Parameters") {
			if asked[name.(string)] || template.object("Parameters", name.(string)) == nil {
				t.Errorf("%s is asked for twice, or is no parameter", name)
			}
			asked[name.(string)] = true
		}
	}
	for name := range template.object("Parameters") {
		if !asked[name] {
			t.Errorf("%s is in no group", name)
		}
	}
}

// TestTemplateSecrets: a function holds the secrets that what is deployed with it reads, and no other: pages hold none, and who copies orders cannot pay.
func TestTemplateSecrets(t *testing.T) {
	t.Parallel()
	template := readTemplate(t)
	secret := regexp.MustCompile(`resolve:secretsmanager|^StripeSecretKey$|^StripeWebhookSecret$`)
	seen := 0
	for _, f := range systemFunctions(t) {
		reads := func(name string) bool { // it, or one that it is deployed with
			return slices.ContainsFunc(systemFunctions(t), func(other manifests.Function) bool { return other.ID() == f.ID() && other.Reads(name) })
		}
		for name := range template.properties(f.ID()).object("Environment", "Variables") {
			value := template.properties(f.ID()).text("Environment", "Variables", name)
			if !secret.MatchString(value) {
				continue
			}
			if seen++; f.IsPage() || !reads(name) {
				t.Errorf("%s holds %s", f.Name, name)
			}
			if name == "STRIPE_SECRET_KEY" && !f.Reaches("internet") || name == "JWT_SECRET" && f.Kind != manifests.Endpoint {
				t.Errorf("%s, a %s, holds %s", f.Name, f.Kind, name)
			}
		}
	}
	if seen < 100 {
		t.Errorf("%d secrets only", seen)
	}
}

// TestTemplateCdn: CloudFront keeps the static files, below a base path, too, and nothing else.
func TestTemplateCdn(t *testing.T) {
	t.Parallel()
	var kept []*regexp.Regexp
	for _, b := range readTemplate(t).properties("CdnDistribution").object("DistributionConfig").list("CacheBehaviors") {
		kept = append(kept, regexp.MustCompile("^"+strings.ReplaceAll(regexp.QuoteMeta(b.(object).text("PathPattern")), `\*`, ".*")+"$"))
	}
	for _, f := range systemFunctions(t) {
		for _, base := range []string{"", "/shop", "/eu/shop"} {
			path := base + f.Path
			if f.Path != "" && slices.ContainsFunc(kept, func(r *regexp.Regexp) bool { return r.MatchString(path) }) != f.IsStatic() {
				t.Errorf("%s: kept, or not, as %v have it", path, kept)
			}
		}
	}
}

// TestTemplateOrigins: a stack refuses the origins that its functions would refuse at their start.
func TestTemplateOrigins(t *testing.T) {
	t.Parallel()
	allowed := regexp.MustCompile("^(?:" + readTemplate(t).text("Parameters", "TrustedOrigins", "AllowedPattern") + ")$")
	for origins, good := range map[string]bool{
		"https://a.example": true, "https://a.example/,http://b.example:8080": true, "https://a.example, https://b.example": true,
		"*": false, "a.example": false, "https://a.example/path": false, "https://A.example": false, "https://a.example,": false, "https://u@a.example": false,
	} {
		if refused := new(function.Origins).UnmarshalText([]byte(origins)); allowed.MatchString(origins) != good || (refused == nil) != good {
			t.Errorf("%q: allowed: %v, at the start: %v", origins, allowed.MatchString(origins), refused)
		}
	}
	if !allowed.MatchString("") {
		t.Error("none at all is refused")
	}
}
