package adapters_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/lambda/stack"
)

// What happens to a stack when it is deployed, again and under other parameters.

// TestTemplateRetains: a first deploy that fails leaves nothing behind; what is retained later is what data cannot be read without.
func TestTemplateRetains(t *testing.T) {
	t.Parallel()
	template := readTemplate(t)
	for id := range template.object("Resources") {
		if template.text("Resources", id, "DeletionPolicy") == "Retain" {
			t.Errorf("%s is left behind by a first deploy that fails: RetainExceptOnCreate", id)
		}
	}
	for _, id := range []string{"PasswordPepper", "AttachmentKey", "PassKey", "Seed", "Files"} {
		if template.text("Resources", id, "DeletionPolicy") == "" || template.text("Resources", id, "UpdateReplacePolicy") != "Retain" {
			t.Errorf("%s goes with its stack", id)
		}
	}
}

// TestTemplateMigratesAgain: CloudFormation runs a custom resource again only if one of its properties is another.
func TestTemplateMigratesAgain(t *testing.T) {
	t.Parallel()
	migrations := readTemplate(t).properties("Migrations")
	for name, want := range map[string]string{
		"Code": "Migrate.Version", "SecretsRevision": "SecretsRevision", "DatabaseUrl": "[Small DatabaseUrl none]", "Sandbox": "[Sandbox true false]",
	} {
		if migrations.text(name) != want {
			t.Errorf("another %s does not run the migrations: it is %s, not %s", name, migrations.text(name), want)
		}
	}
}

// TestTemplateCards: a site that charges cards asks for them; without a publishable key it would take test cards.
func TestTemplateCards(t *testing.T) {
	t.Parallel()
	for key, api := range map[string]string{"sk_live_1": "", "sk_test_1": "https://sandbox.example", "sandbox": ""} {
		_, err := stack.Read(filepath.Join(root, "template.yaml"), "ticketing", map[string]string{
			"Size": "small", "DatabaseUrl": "postgres://admin:secret@db.example/postgres?sslmode=verify-full", "StripeSecretKey": key, "StripeApiUrl": api,
		})
		if refused := err != nil && strings.Contains(err.Error(), "StripePublishableKey"); refused != (key == "sk_live_1") {
			t.Errorf("%s without a publishable key: %v", key, err)
		}
	}
}

// TestTemplateQueueAlarms: an alarm counts what waits in each queue of consumers, what is hidden after a failure included, and what was given
// up. Those of schedule-expiration are hidden until their orders' time is up.
func TestTemplateQueueAlarms(t *testing.T) {
	t.Parallel()
	template, watched := readTemplate(t), map[string]bool{}
	for id := range template.object("Resources") {
		for _, m := range template.properties(id).list("Metrics") {
			metric := m.(object).object("MetricStat", "Metric")
			for _, d := range metric.list("Dimensions") {
				watched[metric.text("MetricName")+" of "+d.(object).text("Value")] = true
			}
		}
	}
	seen := 0
	for id := range template.object("Resources") {
		to := strings.TrimSuffix(template.properties(id).text("RedrivePolicy", "deadLetterTargetArn"), ".Arn")
		if to == "" {
			continue
		}
		seen++
		if !watched["ApproximateNumberOfMessagesVisible of "+to+".QueueName"] {
			t.Errorf("nothing counts what was given up, in %s", to)
		}
		waits := watched["ApproximateNumberOfMessagesVisible of "+id+".QueueName"] && watched["ApproximateNumberOfMessagesNotVisible of "+id+".QueueName"]
		if waits == (id == "ScheduleExpirationQueue") {
			t.Errorf("what waits in %s is counted: %v", id, waits)
		}
	}
	if seen < 5 {
		t.Errorf("%d queues only", seen)
	}
}

// TestTemplateSiteIsNoVisitor: the limits for one address do not shut out all visitors of a small stack's site, which come from a few.
func TestTemplateSiteIsNoVisitor(t *testing.T) {
	t.Parallel()
	for size, want := range map[string]int{"small": 100_000, "large": 0} {
		deployed := deploy(t, size, nil)
		for function, name := range map[string]string{"SignIn": "SIGNIN_ATTEMPTS_PER_ADDRESS", "SignUp": "SIGNUPS_PER_ADDRESS"} {
			given, err := deployed.Environment(function)
			if err != nil {
				t.Fatal(err)
			}
			if most, _ := strconv.Atoi(given[name]); most < want || want == 0 && given[name] != "" {
				t.Errorf("%s: %s is %q", size, name, given[name])
			}
		}
	}
}

// TestTemplateNames: the README says how long a stack's name may be, and so long it may be: a function's has 64 characters at most.
func TestTemplateNames(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("lambda/README.md")
	if err != nil {
		t.Fatal(err)
	}
	said := regexp.MustCompile(`stack's name may have (\d+) characters`).FindSubmatch(readme)
	if said == nil {
		t.Fatal("the README does not say how long a stack's name may be")
	}
	most, err := strconv.Atoi(string(said[1]))
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []string{"small", "large"} {
		deployed := deploy(t, size, nil)
		functions, err := deployed.Resources("AWS::Serverless::Function")
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range functions {
			p, err := deployed.Properties(id)
			if err != nil {
				t.Fatal(err)
			}
			if long := len(p.Text("FunctionName")) - len(deployed.Name) + most; long > 64 {
				t.Errorf("%s would have a name of %d characters", id, long)
			}
		}
	}
}

// TestTemplateDeployers: the workflow that deploys says of each of AWS's services in the template that its role needs it.
func TestTemplateDeployers(t *testing.T) {
	t.Parallel()
	workflow, template := read(t, filepath.Join(root, ".github/workflows/deploy-aws.yml")), readTemplate(t)
	said, _, _ := strings.Cut(workflow, "\nname:")
	prefixes := map[string]string{"efs": "elasticfilesystem", "serverless": "apigateway"}
	for id := range template.object("Resources") {
		service := strings.ToLower(strings.Split(template.text("Resources", id, "Type")+"::", "::")[1])
		if service == "migrations" {
			continue
		}
		if other := prefixes[service]; other != "" {
			service = other
		}
		if !regexp.MustCompile(`\b` + service + `\b`).MatchString(said) {
			t.Errorf("%s needs %s", id, service)
		}
	}
}
