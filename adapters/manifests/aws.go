package manifests

import (
	"fmt"
	"net/http"
	"strings"
	"text/template"
	"time"

	"github.com/gittix/ticketing/adapters/busroles"
	"github.com/gittix/ticketing/shared/bus/access"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// awsOutputs are the parts of template.yaml that follow from the services: what each function is given, may reach and
// is called by.
func awsOutputs(s System) []Output {
	var all []Output
	for _, part := range []string{"passwords", "settings of the dispatcher", "databases", "consumers", "roles", "functions", "logs", "alarms", "bus users"} {
		all = append(all, Output{Path: "template.yaml", Part: part, Template: "aws " + part, Data: s})
	}
	return all
}

// awsValues are the settings' values, in CloudFormation's words. A setting that is not here keeps its default.
var awsValues = map[string]string{ //nolint:gosec // references to secrets, not secrets
	"REDIS_URL":                "!Sub '" + redisURL() + "'",
	"JWT_SECRET":               "!Sub '" + secret("JwtSecret") + "'",
	"PASS_KEY":                 "!Sub '" + secret("PassKey") + "'",
	"PASSWORD_PEPPER":          "!Sub '" + secret("PasswordPepper") + "'",
	"STRIPE_SECRET_KEY":        "!Ref StripeSecretKey",
	"STRIPE_WEBHOOK_SECRET":    "!Ref StripeWebhookSecret",
	"STRIPE_API_URL":           "!Ref StripeApiUrl",
	"STRIPE_PUBLISHABLE_KEY":   "!Ref StripePublishableKey",
	"EXPIRATION_ORDER_MINUTES": "!Ref ExpirationOrderMinutes",
	"PASSWORD_BREACH_URL":      "!Ref PasswordBreachUrl",
	"EVENT_SIGNATURES":         "!Ref EventSignatures",
	// The site's functions that call auth leave the VPC by its NAT gateways, whose addresses are the stack's alone. API Gateway
	// says itself who calls it, and that is no proxy's address for whoever calls the API without the site.
	"TRUSTED_PROXIES": "!If [Large, !Sub '${AddressA}/32,${AddressB}/32', !Sub '${AddressA}/32']",
}

var awsFunctions = template.FuncMap{
	"databases": func(s System) []Service {
		return filter(s.Services, func(s Service) bool { return s.Reaches("postgres") })
	},
	"outboxes": func(s System) []Service {
		return filter(s.Services, func(s Service) bool { return s.Outbox && s.Reaches("postgres") })
	},
	"busUsers": busUsers, "databaseURL": databaseURL, "redisURL": redisURL, "secret": secret, "values": awsEnvironment,
	"inVPC": inVPC, "subnet": subnet, "groups": groups, "timeout": awsTimeout, "concurrency": concurrency, "route": route, "rate": rate,
}

// eventKey begins the names of the settings that hold the keys of a publisher's events.
var eventKey = function.KeySetting("")

// eventKeyResource is the secret of EVENT_KEY_ORDERS: EventKeyOrders.
func eventKeyResource(setting string) string {
	return "EventKey" + camel(strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(setting, eventKey), "_", "-")))
}

// secret is resolved by CloudFormation at each deploy.
func secret(resource string) string { return "{{resolve:secretsmanager:${" + resource + "}}}" }

// busUsers is the configuration of NATS, whose only user is the dispatcher: no Lambda is on the bus.
func busUsers(s System) []string {
	dispatcher := filter(s.BusRoles, func(r access.Role) bool { return r.Name == busroles.Dispatcher })
	return strings.Split(strings.TrimSpace(access.Config(dispatcher, access.Streaming)), "\n")
}

func databaseURL(role, service string) string {
	return fmt.Sprintf("postgres://%s:%s@${Database.Endpoint.Address}/ticketing_%s?sslmode=require", role, secret(camel(role)+"Password"), service)
}

func redisURL() string {
	return "rediss://:" + secret("CacheToken") + "@${Cache.PrimaryEndPoint.Address}:6379"
}

// awsEnvironment returns a function's settings as lines of YAML.
// Errors: a required setting that has no value.
func awsEnvironment(f Function) ([]string, error) {
	var lines []string
	for _, s := range f.Settings {
		value := awsValues[s.Name]
		switch {
		case s.Reaches == "postgres":
			value = "!Sub '" + databaseURL(f.Service, f.Service) + "'"
		case strings.HasPrefix(s.Name, eventKey):
			value = "!Sub '" + secret(eventKeyResource(s.Name)) + "'"
		case strings.HasSuffix(s.Name, "_API_URL") && s.Reaches != "":
			value = "!GetAtt ServicesApi.ApiEndpoint"
		case value == "" && s.Required:
			return nil, fmt.Errorf("%s needs %s, which has no value on AWS: name one in awsValues (adapters/manifests/aws.go)", f.Name, s.Name)
		case value == "":
			continue
		}
		lines = append(lines, s.Name+": "+value)
	}
	if f.Kind == Endpoint && f.Timeout > 0 {
		lines = append(lines, "REQUEST_TIMEOUT: "+f.Timeout.String())
	}
	return lines, nil
}

// inVPC reports whether these settings lead to what is in the VPC only, or to auth, which believes what visitors' addresses
// are if it comes from there. All else has the internet as it is.
func inVPC(settings []config.Setting) bool {
	return reaches(settings, "postgres") || reaches(settings, "redis") || reaches(settings, "auth")
}

func subnet(f Function) string {
	if f.Reaches("internet") || f.Reaches("auth") {
		return "Outward"
	}
	return "Isolated"
}

func groups(f Function) string {
	var all []string
	for _, g := range []struct{ place, group string }{{"postgres", "DatabaseClient"}, {"redis", "CacheClient"}, {"internet", "Outward"}, {"auth", "Outward"}} {
		if f.Reaches(g.place) {
			all = append(all, "!Ref "+g.group)
		}
	}
	return strings.Join(all, ", ")
}

// awsTimeout in seconds, or 0 for that of template.yaml's Globals.
func awsTimeout(f Function) int {
	timeout := f.Timeout
	switch {
	case f.Kind == Endpoint && timeout > 0:
		timeout += 5 * time.Second // to answer that it took too long
	case f.Kind == Schedule && timeout == 0:
		timeout = time.Minute
	}
	return int((timeout + time.Second - 1) / time.Second)
}

// concurrency is a row of template.yaml's table of sizes. One run of a schedule is enough. Static files reserve nothing: they
// must not be turned away where pages are.
func concurrency(f Function) string {
	switch {
	case f.IsStatic():
		return ""
	case f.Kind == Schedule:
		return "1"
	case f.IsPage():
		return "!FindInMap [Size, !Ref Size, Page]"
	}
	return "!FindInMap [Size, !Ref Size, " + camel(string(f.Kind)) + "]"
}

// route is an endpoint's, as API Gateway writes it. One without method and path takes what no other takes.
func route(f Function) string {
	if f.Path == "/" {
		return ""
	}
	path := strings.NewReplacer("{$}", "", "...}", "+}").Replace(f.Path)
	if strings.Contains(path, "{") {
		path = "'" + path + "'"
	}
	method := f.Method
	if method == http.MethodGet {
		method = "ANY" // HEAD, too; what has a route of its own for its method is not taken
	}
	return ", Method: " + method + ", Path: " + path
}

// rate is how often EventBridge runs a schedule: every minute at most.
func rate(f Function) string {
	minutes := max(1, int((f.Every+time.Minute-1)/time.Minute))
	switch {
	case minutes == 60:
		return "rate(1 hour)"
	case minutes%60 == 0:
		return fmt.Sprintf("rate(%d hours)", minutes/60)
	case minutes == 1:
		return "rate(1 minute)"
	}
	return fmt.Sprintf("rate(%d minutes)", minutes)
}
