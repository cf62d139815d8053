package adapters_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/lambda/stack"
)

// TestSmallAtRest: what a small stack consists of costs nothing, or next to nothing, while it is idle, and no clock runs.
func TestSmallAtRest(t *testing.T) {
	t.Parallel()
	deployed := deploy(t, "small", nil)
	free := []string{
		"AWS::Serverless::Function", "AWS::Serverless::HttpApi", "AWS::IAM::Role", "AWS::Logs::LogGroup", "AWS::Logs::MetricFilter",
		"AWS::SNS::Topic", "AWS::SNS::Subscription", "AWS::SQS::QueuePolicy", "AWS::Scheduler::ScheduleGroup", "Custom::Migrations",
	}
	costs := map[string]int{ // how many there may be: the README says what they cost
		"AWS::SecretsManager::Secret":     3,
		"AWS::Lambda::EventSourceMapping": 6,
		"AWS::SQS::Queue":                 13, // which cost what those that are polled do
	}
	ids, err := deployed.Resources("")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		switch kind := deployed.Type(id); {
		case slices.Contains(free, kind):
		case costs[kind] > 0:
			costs[kind]--
		default:
			t.Errorf("%s, a %s, is one more than is told to cost something at rest", id, kind)
		}
		if deployed.Type(id) != "AWS::Serverless::Function" {
			continue
		}
		p, err := deployed.Properties(id)
		if err != nil {
			t.Fatal(err)
		}
		if p["VpcConfig"] != nil {
			t.Errorf("%s is in a network", id)
		}
		if tick := p.Object("Events", "Tick", "Properties"); tick != nil && tick.Text("State") != "DISABLED" {
			t.Errorf("%s runs by a clock, which wakes the database", id)
		}
	}
}

// TestTemplatePolicies: no role is allowed any action on everything.
func TestTemplatePolicies(t *testing.T) {
	t.Parallel()
	schedules := regexp.MustCompile(`:schedule/schedulegroup-\w+/\*$`) // of the stack's own group
	for _, size := range []string{"small", "large"} {
		deployed, seen := deploy(t, size, nil), 0
		for _, kind := range []string{"AWS::IAM::Role", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy"} {
			ids, err := deployed.Resources(kind)
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range ids {
				p, err := deployed.Properties(id)
				if err != nil {
					t.Fatal(err)
				}
				for _, statement := range p.List("AssumeRolePolicyDocument", "Statement") {
					s := statement.(stack.Object)
					if s.Text("Principal", "Service") == "scheduler.amazonaws.com" && s.Text("Condition", "StringEquals", "aws:SourceArn") == "" {
						t.Errorf("%s: any schedule of the account has the role %s", size, id)
					}
				}
				for _, policy := range append(p.List("Policies"), p) {
					for _, statement := range policy.(stack.Object).List("PolicyDocument", "Statement") {
						seen++
						s := statement.(stack.Object)
						if s.Text("Action") == "iam:PassRole" && s.Text("Condition", "StringEquals", "iam:PassedToService") == "" {
							t.Errorf("%s: %s may pass a role to whatever service it likes", size, id)
						}
						if said := s.Text("Action") + " on " + s.Text("Resource"); s.Text("Effect") == "Allow" && strings.Contains(schedules.ReplaceAllString(said, ""), "*") {
							t.Errorf("%s: %s allows %s", size, id, said)
						}
					}
				}
			}
		}
		if seen < 10 {
			t.Errorf("%s: looked at %d statements only", size, seen)
		}
	}
}

const mostResources = 480

// TestTemplateResources: CloudFormation takes 500 resources, those that a size does without included. SAM makes more than are written: a
// permission for each route, a schedule and its role for each tick.
func TestTemplateResources(t *testing.T) {
	t.Parallel()
	template, n := readTemplate(t), 0
	for id := range template.object("Resources") {
		n++
		p := template.properties(id)
		for _, e := range p.object("Events") {
			n++
			if e.(object).text("Type") == "ScheduleV2" && e.(object).text("Properties", "RoleArn") == "" {
				n++ // the schedule's role
			}
		}
		if p["EventInvokeConfig"] != nil {
			n++
		}
		if p["AutoPublishAlias"] != nil {
			n += 2 // the version, too
		}
		if template.text("Resources", id, "Type") == "AWS::Serverless::HttpApi" {
			n++ // its stage
		}
	}
	if n > mostResources || n < 300 {
		t.Errorf("%d resources, and CloudFormation takes 500: keep some for what comes", n)
	}
	t.Log(n, "resources")
}
