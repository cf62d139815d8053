package lambdatest

import (
	"log/slog"
	"maps"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/busroles"
	"github.com/gittix/ticketing/adapters/lambda/stack"
	"github.com/gittix/ticketing/adapters/migrate"
	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/config"
)

// Parameters of a stack that stands on backends of tests.
func Parameters(size string) map[string]string {
	image := "image@sha256:" + strings.Repeat("0", 64)
	return map[string]string{
		"Size": size, "DispatcherImage": image, "NatsStreamingImage": image, "MetricsAgentImage": image, "LogLevel": "WARN",
		"StripeSecretKey": "sk_test_sandbox", "StripeWebhookSecret": systemtest.WebhookSecret,
	}
}

// Deploy runs the programs with the environments that template.yaml gives them, and with nothing else but what the test's lack of
// TLS and of Stripe asks for. Backends stand in for what the stack's names lead to, and answer to no other name: a URL that
// leads elsewhere fails the test.
func Deploy(t testing.TB, programs string, backends *systemtest.Backends, front *systemtest.Front, deployed *stack.Stack) *System {
	t.Helper()
	s := newSystem(t, backends, front)
	names, err := deployed.Names()
	if err != nil {
		t.Fatal(err)
	}
	d := &deployment{t, s, deployed, names}
	given, err := deployed.Environment("Migrate")
	if err != nil {
		t.Fatal(err)
	}
	if err := migrate.Run(t.Context(), d.led(given), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{} // by the names that the dispatcher invokes
	all, err := deployed.Resources("AWS::Serverless::Function")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range all {
		p, err := deployed.Properties(id)
		if err != nil {
			t.Fatal(err)
		}
		ids[p.Text("FunctionName")] = id
	}
	container, err := deployed.Container("DispatcherTask", "dispatcher")
	if err != nil {
		t.Fatal(err)
	}
	s.serve(t, programs, front, func(service, function string) config.Values {
		given, err := deployed.Environment(ids[deployed.Name+"-"+function])
		if err != nil {
			t.Fatal(err)
		}
		settings := d.led(given)
		settings["SESSION_SECURE"] = "false"
		if settings["STRIPE_SECRET_KEY"] != "" {
			settings["STRIPE_API_URL"] = s.Settings(service)["STRIPE_API_URL"]
		}
		return settings
	})
	s.dispatch(t, programs, d.led(container))
	return s
}

type deployment struct {
	t     testing.TB
	s     *System
	stack *stack.Stack
	names map[string]string
}

var address = regexp.MustCompile(`[a-z]+://[^\s,]+`)

// led returns settings in which every URL leads to what stands in for the resource of that name.
func (d *deployment) led(given map[string]string) config.Values {
	d.t.Helper()
	settings := maps.Clone(config.Values(given))
	for name, value := range given {
		settings[name] = address.ReplaceAllStringFunc(value, func(text string) string { return d.lead(name, text) })
	}
	return settings
}

func (d *deployment) lead(setting, text string) string {
	d.t.Helper()
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
		if p, err := d.stack.Properties(id); err != nil || d.stack.Resolved(p.Text("AuthToken")) != password {
			d.t.Fatalf("%s has another password than the cache (%v)", setting, err)
		}
		return d.s.Redis.URL()
	case id == "Bus" && u.Scheme == "stan" && u.Port() == "4222" && u.User.Username() == busroles.Dispatcher:
		if c, err := d.stack.Container("BusTask", "nats-streaming"); err != nil || c["DISPATCHER_PASSWORD"] != password {
			d.t.Fatalf("%s has another password than the bus (%v)", setting, err)
		}
		return d.s.Bus.URLOf(busroles.Dispatcher)
	case id == "ServicesApi" && u.Scheme == "https":
		return d.s.URL
	}
	d.t.Fatalf("%s: %s does not answer to %s", setting, id, u.Redacted())
	return ""
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
