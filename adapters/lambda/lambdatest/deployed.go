package lambdatest

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/busroles"
	"github.com/gittix/ticketing/adapters/lambda/stack"
	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/config"
)

// Parameters of a large stack that stands on backends of tests.
func Parameters() map[string]string {
	image := "image@sha256:" + strings.Repeat("0", 64)
	return map[string]string{
		"Size": "large", "DispatcherImage": image, "NatsStreamingImage": image, "MetricsAgentImage": image, "LogLevel": "WARN",
		"StripeSecretKey": "sk_test_sandbox", "StripePublishableKey": "pk_test_1", "StripeWebhookSecret": systemtest.WebhookSecret,
	}
}

// deployment is a stack whose names lead to what stands in for its resources.
type deployment struct {
	t        testing.TB
	s        *System
	stack    *stack.Stack
	programs string
	names    map[string]string // of hosts: logical ids
	leads    map[string]string // by logical id: URLs of what stands in for an API
	ids      map[string]string // of functions, by their names
}

// deploy prepares for the functions' environments, which are those that template.yaml gives them, and nothing else but what the
// test's lack of TLS and of Stripe asks for. Backends stand in for what the stack's names lead to, and answer to no other name: a
// URL that leads elsewhere fails the test.
func deploy(t testing.TB, programs string, s *System, deployed *stack.Stack) *deployment {
	t.Helper()
	d := &deployment{t: t, s: s, stack: deployed, programs: programs, leads: map[string]string{"ServicesApi": s.URL}, ids: map[string]string{}}
	var err error
	if d.names, err = deployed.Names(); err != nil {
		t.Fatal(err)
	}
	for _, id := range d.resources("AWS::Serverless::Function") {
		name, err := deployed.Ref(id)
		if err != nil {
			t.Fatal(err)
		}
		d.ids[strings.TrimPrefix(name, deployed.Name+"-")] = id
	}
	return d
}

func (d *deployment) properties(id string) stack.Object {
	d.t.Helper()
	p, err := d.stack.Properties(id)
	if err != nil {
		d.t.Fatal(err)
	}
	return p
}

// serve makes every function of the services that the stack has.
func (d *deployment) serve(front *systemtest.Front, adapt func(service, function string, given config.Values)) {
	d.t.Helper()
	for _, def := range functions.Services() {
		contents, err := def.Contents()
		if err != nil {
			d.t.Fatal(err)
		}
		contents.Stop()
		for _, name := range append(contents.Functions(), def.Name+"-consumers") {
			if _, there := d.ids[name]; there {
				given := d.given(name)
				given["SESSION_SECURE"] = "false"
				adapt(def.Name, name, given)
				d.s.add(d.t, d.programs, def.Name, name, given)
			}
		}
	}
	d.s.route(d.t, front)
}

// given is a function's environment.
func (d *deployment) given(function string) config.Values {
	d.t.Helper()
	environment, err := d.stack.Environment(d.ids[function])
	if err != nil {
		d.t.Fatal(err)
	}
	return d.led(environment)
}

// migrate runs the migrations as CloudFormation does, which keeps what they tell.
func (d *deployment) migrate(adapt func(given config.Values)) {
	d.t.Helper()
	given := d.given("migrate")
	adapt(given)
	f := &Function{t: d.t, path: d.programs + "/migrate", slots: make(chan struct{}, 1), settings: given}
	d.t.Cleanup(f.close)
	answer := make(chan answered, 1)
	cloud := httptest.NewServer(answers(answer))
	defer cloud.Close()
	done := f.Invoke(fmt.Appendf(nil, `{"RequestType": "Create", "ResponseURL": %q, "StackId": "stack", "RequestId": "1", "ResourceType": "Custom::Migrations", "LogicalResourceId": "Migrations"}`, cloud.URL))
	if done.Failed {
		d.t.Fatalf("migrate: %s", done.Data)
	}
	said := <-answer
	if said.Status != "SUCCESS" {
		d.t.Fatalf("migrate: %s", said.Reason)
	}
	d.stack.Attributes = said.Data
}

var address = regexp.MustCompile(`[a-z]+://[^\s,]+`)

// led returns settings in which every URL leads to what stands in for the resource of that name.
func (d *deployment) led(given map[string]string) config.Values {
	d.t.Helper()
	settings := config.Values{}
	for name, value := range given {
		settings[name] = address.ReplaceAllStringFunc(value, func(text string) string { return d.lead(name, text) })
	}
	return settings
}

func (d *deployment) lead(setting, text string) string {
	d.t.Helper()
	if slices.Contains([]string{d.stack.Parameters["DatabaseUrl"], "sns:///" + d.topicARN()}, text) || d.isAttribute(text) || strings.HasPrefix(text, "scheduler:///") {
		return text // as it is
	}
	u, err := url.Parse(text)
	if err != nil {
		d.t.Fatalf("%s: %v", setting, err)
	}
	id, answers := d.names[u.Hostname()]
	if !answers {
		d.t.Fatalf("%s leads to %s, which is no name of the stack; there are %v", setting, u.Hostname(), d.names)
	}
	password, _ := u.User.Password()
	switch {
	case id == "Database" && u.Scheme == "postgres" && u.Query().Get("sslmode") != "":
		return d.database(u)
	case id == "Cache" && u.Scheme == "rediss" && u.Port() == "6379":
		if d.stack.Resolved(d.properties(id).Text("AuthToken")) != password {
			d.t.Fatalf("%s has another password than the cache", setting)
		}
		return d.s.Redis.URL()
	case id == "Bus" && u.Scheme == "stan" && u.Port() == "4222" && u.User.Username() == busroles.Dispatcher:
		if c, err := d.stack.Container("BusTask", "nats-streaming"); err != nil || c["DISPATCHER_PASSWORD"] != password {
			d.t.Fatalf("%s has another password than the bus (%v)", setting, err)
		}
		return d.s.Bus.URLOf(busroles.Dispatcher)
	case d.leads[id] != "" && u.Scheme == "https":
		return d.leads[id]
	}
	d.t.Fatalf("%s: %s does not answer to %s", setting, id, u.Redacted())
	return ""
}

func (d *deployment) isAttribute(text string) bool {
	for _, value := range d.stack.Attributes {
		if value == text {
			return true
		}
	}
	return false
}

// database is the address of a database of the test's server, with the role and password that the stack has for it.
func (d *deployment) database(u *url.URL) string {
	d.t.Helper()
	if u.Path == "/postgres" { // the administrator
		return d.s.Postgres.URL("postgres")
	}
	there, err := url.Parse(d.s.DatabaseURL(strings.TrimPrefix(u.Path, "/ticketing_")))
	if err != nil {
		d.t.Fatal("not a URL")
	}
	there.User = u.User
	return there.String()
}
