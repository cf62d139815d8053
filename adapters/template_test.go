package adapters_test

import (
	"cmp"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/dispatcher"
	"github.com/gittix/ticketing/adapters/lambda"
	"github.com/gittix/ticketing/adapters/lambda/stack"
	"github.com/gittix/ticketing/adapters/manifests"
	"github.com/gittix/ticketing/adapters/migrate"
	"github.com/gittix/ticketing/shared/config"
)

// What neither the generator nor cfn-lint (`make aws-lint`) can know of template.yaml.

// TestTemplateTimes: a handler gives up before Lambda does, and Lambda before its caller.
func TestTemplateTimes(t *testing.T) {
	t.Parallel()
	template := readTemplate(t)
	settings := config.Settings(lambda.Settings{})
	standard := settings[slices.IndexFunc(settings, func(s config.Setting) bool { return s.Name == "REQUEST_TIMEOUT" })].Default
	const gateway = 30 * time.Second // API Gateway's own
	ackWait := duration(t, template.container("DispatcherTask", "dispatcher").text("BUS_ACK_WAIT"))
	for _, f := range systemFunctions(t) {
		p := template.properties(f.ID())
		timeout := time.Duration(cmp.Or(p.number("Timeout"), template.number("Globals", "Function", "Timeout"))) * time.Second
		request := duration(t, cmp.Or(p.text("Environment", "Variables", "REQUEST_TIMEOUT"), standard))
		if f.Kind == manifests.Endpoint && (timeout <= request || timeout >= gateway) {
			t.Errorf("%s: Timeout %v is not between REQUEST_TIMEOUT %v and API Gateway's %v", f.Name, timeout, request, gateway)
		}
		if f.Kind == manifests.Consumer && (timeout == 0 || timeout >= ackWait) {
			t.Errorf("%s: Timeout %v is not below the dispatcher's BUS_ACK_WAIT %v", f.Name, timeout, ackWait)
		}
	}
}

// TestTemplateConnections: all that may run at once cannot open more connections to PostgreSQL than there are, where functions
// reserve their concurrency.
func TestTemplateConnections(t *testing.T) {
	t.Parallel()
	template := readTemplate(t)
	const (
		perFunction = 2      // adapters/lambda
		perOutbox   = 10 + 1 // a pool, and one that listens
		others      = 30     // migrations, PostgreSQL's reserve and Aurora's own
	)
	outboxes := strings.Count(template.properties("DispatcherSettings").text("SecretString"), "=postgres://")
	deployed := deploy(t, "large", map[string]string{"ReserveConcurrency": "true"})
	opened := others + outboxes*template.properties("Dispatcher").number("DesiredCount")*perOutbox
	for _, f := range systemFunctions(t) {
		reserved := reservedBy(t, deployed, f.ID())
		if reserved < 1 && !f.IsStatic() {
			t.Errorf("%s has no reserved concurrency", f.Name)
		}
		if f.Reaches("postgres") {
			opened += reserved * perFunction
		}
	}
	if there := template.properties("DatabaseParameters").object("Parameters").number("max_connections"); opened > there || outboxes == 0 {
		t.Errorf("%d connections may be opened, for functions and %d outboxes; there are %d", opened, outboxes, there)
	}
	if !slices.Contains(template.list("Resources", "Dispatcher", "DependsOn"), any("Migrations")) {
		t.Error("the dispatcher does not wait for its role in the database")
	}
}

// deploy resolves template.yaml as a deploy does that says no more than it must, and these parameters.
func deploy(t *testing.T, size string, parameters map[string]string) *stack.Stack {
	t.Helper()
	given := map[string]string{"Size": size}
	maps.Copy(given, parameters)
	if given["Size"] == "small" {
		given["DatabaseUrl"] = cmp.Or(given["DatabaseUrl"], "postgres://admin:secret@db.example/postgres?sslmode=verify-full")
	} else {
		given["StripeSecretKey"], given["StripePublishableKey"] = "sk_test_1", "pk_test_1"
		for _, image := range []string{"DispatcherImage", "NatsStreamingImage", "MetricsAgentImage"} {
			given[image] = "image@sha256:" + strings.Repeat("0", 64)
		}
	}
	s, err := stack.Read(filepath.Join(root, "template.yaml"), "ticketing", given)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// reservedBy returns the concurrency that a function reserves; 0: none.
func reservedBy(t *testing.T, s *stack.Stack, id string) int {
	t.Helper()
	p, err := s.Properties(id)
	if err != nil {
		t.Fatal(err)
	}
	reserved, _ := p["ReservedConcurrentExecutions"].(int)
	return reserved
}

// TestTemplateConcurrency: an account with a quota of 10 can deploy, and one with the quota that the README asks for can deploy
// with reservations.
func TestTemplateConcurrency(t *testing.T) {
	t.Parallel()
	const unreserved = 100 // that Lambda keeps for functions without a reservation
	readme, err := os.ReadFile("lambda/README.md")
	if err != nil {
		t.Fatal(err)
	}
	quotas := regexp.MustCompile("quota of at least ([0-9]+) \\(`Size=small`\\) or ([0-9]+) \\(`large`").FindSubmatch(readme)
	if quotas == nil {
		t.Fatal("the README names no quotas")
	}
	for i, size := range []string{"small", "large"} {
		reserves, plain := deploy(t, size, map[string]string{"ReserveConcurrency": "true"}), deploy(t, size, nil)
		functions, err := plain.Resources("AWS::Serverless::Function")
		if err != nil || len(functions) < 50 {
			t.Fatal(functions, err)
		}
		needed := unreserved
		for _, id := range functions {
			needed += reservedBy(t, reserves, id)
			if n := reservedBy(t, plain, id); n != 0 {
				t.Errorf("%s: %s reserves %d, unasked", size, id, n)
			}
		}
		if quota, err := strconv.Atoi(string(quotas[i+1])); err != nil || quota < needed {
			t.Errorf("%s: the README asks for %d, the functions need %d", size, quota, needed)
		}
	}
}

// TestTemplateHosts: every host in a URL is the endpoint of a database or cache of the stack, or a name that a container of
// the stack is registered by.
func TestTemplateHosts(t *testing.T) {
	t.Parallel()
	template := readTemplate(t)
	hosts := map[string]bool{}
	for id := range template.object("Resources") {
		switch template.text("Resources", id, "Type") {
		case "AWS::RDS::DBCluster":
			hosts["${"+id+".Endpoint.Address}"] = true
		case "AWS::ElastiCache::ReplicationGroup":
			hosts["${"+id+".PrimaryEndPoint.Address}"] = true
		case "AWS::ECS::Service":
			for _, registry := range template.properties(id).list("ServiceRegistries") {
				name := template.properties(strings.TrimSuffix(registry.(object).text("RegistryArn"), ".Arn"))
				hosts[name.text("Name")+"."+template.properties(name.text("NamespaceId")).text("Name")] = true
			}
		}
	}
	raw, err := os.ReadFile(filepath.Join(root, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, url := range regexp.MustCompile(`(?:stan|rediss|postgres)://[^@]*@((?:\$\{[^}]*\}|[^/:"$])*)`).FindAllStringSubmatch(string(raw), -1) {
		seen[url[1]] = true
		if !hosts[url[1]] {
			t.Errorf("%s is the name of nothing; there are %v", url[1], hosts)
		}
	}
	if len(seen) != 3 {
		t.Errorf("found the hosts %v, not those of database, cache and bus", seen)
	}
}

// TestTemplateSettings: what is written by hand gives the migrations and the dispatcher what they need, and nothing else.
func TestTemplateSettings(t *testing.T) {
	t.Parallel()
	template := readTemplate(t)
	container := template.container("DispatcherTask", "dispatcher")
	for who, c := range map[string]struct {
		given object
		read  any
	}{
		"migrate":    {template.properties("Migrate").object("Environment", "Variables"), migrate.Settings{}},
		"functions":  {template.object("Globals", "Function", "Environment", "Variables"), lambda.Settings{}},
		"dispatcher": {container, dispatcher.Settings{}},
	} {
		known := map[string]bool{}
		for _, s := range config.Settings(c.read) {
			if known[s.Name] = true; s.Required && c.given.text(s.Name) == "" {
				t.Errorf("%s lacks %s", who, s.Name)
			}
		}
		for name := range c.given {
			if !known[name] && name != "SSL_CERT_DIR" { // Go's own
				t.Errorf("%s is given %s, which it does not read", who, name)
			}
		}
	}
	secret := template.properties("DispatcherSettings").text("SecretString")
	for _, name := range []string{"BUS_URL", "REDIS_URL", "DISPATCH_OUTBOXES"} {
		if container[name] != "${DispatcherSettings}:"+name+"::" || !strings.Contains(secret, `"`+name+`": "`) {
			t.Errorf("the dispatcher's %s comes from %s", name, container[name])
		}
	}
}

func systemFunctions(t *testing.T) []manifests.Function {
	t.Helper()
	system, err := manifests.Load()
	if err != nil {
		t.Fatal(err)
	}
	return system.Functions()
}

func duration(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestSharedFunctions: what is deployed as one is of one service, and all that is at its path or below.
func TestSharedFunctions(t *testing.T) {
	t.Parallel()
	shared := map[string]string{} // service, by path
	for _, f := range systemFunctions(t) {
		if f.Below == "" {
			continue
		}
		if of, known := shared[f.Below]; known && of != f.Service {
			t.Errorf("%s of %s and of %s", f.Below, of, f.Service)
		}
		shared[f.Below] = f.Service
	}
	for _, f := range systemFunctions(t) {
		for path := range shared {
			if below := strings.HasPrefix(f.Path+"/", path+"/"); f.Kind == manifests.Endpoint && below != (f.Below == path) {
				t.Errorf("%s at %s: below %s: %v, and deployed with it: %v", f.Name, f.Path, path, below, f.Below == path)
			}
		}
	}
	if len(shared) == 0 {
		t.Error("nothing is shared")
	}
}
