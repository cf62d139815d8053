package adapters_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/lambda"
	"github.com/gittix/ticketing/shared/config"
)

// TestTemplateTimes: a handler gives up before Lambda does, Lambda before whoever asked.
func TestTemplateTimes(t *testing.T) {
	t.Parallel()
	stack := readTemplate(t)
	defaults := map[string]string{}
	for _, s := range config.Settings(lambda.Settings{}) {
		defaults[s.Name] = s.Default
	}
	request := duration(t, defaults["REQUEST_TIMEOUT"])
	ackWait := duration(t, stack.container("DispatcherTask", "dispatcher")["BUS_ACK_WAIT"])
	const gateway = 30 * time.Second
	consumers := map[string]bool{}
	for _, s := range services(t) {
		for _, c := range s.Consumers {
			consumers[c.Name] = true
		}
	}
	for id, f := range stack.functions() {
		timeout := time.Duration(stack.number(f, "Timeout")) * time.Second
		request := request
		if own := f.variables()["REQUEST_TIMEOUT"]; own != "" {
			request = duration(t, own)
		}
		http := len(f.object("Events")) > 0 && !strings.Contains(f.events(t), " every ")
		if http && (timeout <= request || timeout >= gateway) {
			t.Errorf("%s: Timeout %v is not between REQUEST_TIMEOUT %v and API Gateway's %v", id, timeout, request, gateway)
		}
		if consumers[f.variables()["FUNCTIONS"]] && timeout >= ackWait {
			t.Errorf("%s: Timeout %v is not below the dispatcher's BUS_ACK_WAIT %v", id, timeout, ackWait)
		}
	}
}

func duration(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestTemplateConnections: all environments that may run at once cannot open more connections than there are.
func TestTemplateConnections(t *testing.T) {
	t.Parallel()
	stack := readTemplate(t)
	const (
		perEnvironment = 2      // adapters/lambda
		perOutbox      = 10 + 1 // a pool, and one that listens
		others         = 30     // migrations, PostgreSQL's reserve and Aurora's own
	)
	for size, row := range stack.object("Mappings", "Size") {
		limits := resource(row.(map[string]any))
		environments := 0
		for id, f := range stack.functions() {
			reserved := stack.sized(f, "ReservedConcurrentExecutions", size)
			if reserved < 1 {
				t.Errorf("%s has no reserved concurrency", id)
			}
			if _, ok := f.variables()["DATABASE_URL"]; ok {
				environments += reserved
			}
		}
		outboxes := strings.Count(stack.secret("DispatcherSettings"), "=postgres://") * stack.number(limits, "Dispatchers")
		opened := environments*perEnvironment + outboxes*perOutbox + others
		if there := stack.number(limits, "Connections"); opened > there || outboxes == 0 {
			t.Errorf("%s: %d environments and %d outboxes may open %d connections; there are %d", size, environments, outboxes, opened, there)
		}
	}
}

// TestTemplateOrder: no function of a new version meets the tables of the old one.
func TestTemplateOrder(t *testing.T) {
	t.Parallel()
	stack := readTemplate(t)
	for id, f := range stack.functions() {
		_, database := f.variables()["DATABASE_URL"]
		if after := stack.resources()[id].text("DependsOn") == "Migrations"; database != after {
			t.Errorf("%s has a database: %v, waits for Migrations: %v", id, database, after)
		}
	}
	if !slices.Contains(stack.resources()["Dispatcher"].list("DependsOn"), any("Migrations")) {
		t.Error("the dispatcher does not wait for its role")
	}
}

// TestTemplateLogs: what is written is kept, and not for ever.
func TestTemplateLogs(t *testing.T) {
	t.Parallel()
	stack := readTemplate(t)
	groups := map[string]bool{}
	for id, r := range stack.resources() {
		if r.text("Type") == "AWS::Logs::LogGroup" {
			groups[id] = resource(r.object("Properties")).object("RetentionInDays") != nil
		}
	}
	for id, r := range stack.resources() {
		if r.text("Type") != "AWS::Serverless::Function" {
			continue
		}
		if group, _ := node(r.object("Properties", "LoggingConfig", "LogGroup"), "Ref").(string); !groups[group] {
			t.Errorf("%s logs to %q, which has no retention", id, group)
		}
	}
}

// TestTemplatePolicies: nobody is allowed anything on everything.
func TestTemplatePolicies(t *testing.T) {
	t.Parallel()
	stack := readTemplate(t)
	seen := 0
	for id, r := range stack.resources() {
		if !strings.HasPrefix(r.text("Type"), "AWS::IAM::") {
			continue
		}
		for _, s := range stack.statements(id) {
			seen++
			targets := append(s.list("Resource"), s.list("Action")...)
			for _, target := range targets {
				if text, _ := target.(string); s.text("Effect") == "Allow" && strings.Contains(text, "*") {
					t.Errorf("%s allows %q", id, text)
				}
			}
		}
		for _, arn := range resource(r.object("Properties")).list("ManagedPolicyArns") {
			if text, _ := node(arn, "Fn::Sub").(string); strings.Contains(text, "FullAccess") || strings.Contains(text, "Administrator") {
				t.Errorf("%s has %s", id, text)
			}
		}
	}
	if seen < 10 {
		t.Errorf("looked at %d statements only", seen)
	}
}
