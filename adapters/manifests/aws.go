package manifests

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"text/template"
	"time"

	"github.com/gittix/ticketing/adapters/busroles"
	"github.com/gittix/ticketing/adapters/migrate"
	"github.com/gittix/ticketing/shared/bus/access"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// awsOutputs are the parts of template.yaml that follow from the services: what each function is given, may reach and
// is called by.
func awsOutputs(s System) []Output {
	var all []Output
	for _, part := range []string{"passwords", "settings of the dispatcher", "databases", "consumers", "roles", "functions", "logs", "alarms", "bus users", "queues", "sweeps"} {
		all = append(all, Output{Path: "template.yaml", Part: part, Template: "aws " + part, Data: s})
	}
	return all
}

// sized is a setting's value in a large stack and in a small one, in CloudFormation's words.
type sized struct{ large, small string }

const none = "!Ref AWS::NoValue"

// in is the value where a condition holds; "": in stacks of both sizes.
func (v sized) in(condition string) string {
	switch {
	case condition == "Large" || v.large == v.small:
		return v.large
	case condition == "Small":
		return v.small
	}
	return "!If [Large, " + v.large + ", " + v.small + "]"
}

func everywhere(value string) sized { return sized{value, value} }

// awsValues are the settings' values. A setting that is not here keeps its default.
var awsValues = map[string]sized{ //nolint:gosec // references to secrets, not secrets
	"ATTACHMENT_KEY":           everywhere("!Sub '" + secret("AttachmentKey") + "'"),
	"REDIS_URL":                {"!Sub '" + redisURL() + "'", "none"},
	"JWT_SECRET":               {"!Sub '" + secret("JwtSecret") + "'", derived("JWT_SECRET")},
	"MAIL_LINK_KEY":            {"!Sub '" + secret("MailLinkKey") + "'", derived("MAIL_LINK_KEY")},
	"WEBHOOK_KEY":              {"!Sub '" + secret("WebhookKey") + "'", derived("WEBHOOK_KEY")},
	"PASS_KEY":                 {"!Sub '" + secret("PassKey") + "'", derived("PASS_KEY")},
	"PASS_PUBLIC_KEYS":         everywhere(derived("PASS_PUBLIC_KEYS")),
	"PASSWORD_PEPPER":          everywhere("!Sub '" + secret("PasswordPepper") + "'"),
	"STRIPE_SECRET_KEY":        everywhere("!If [Sandbox, " + derived("STRIPE_SECRET_KEY") + ", !Ref StripeSecretKey]"),
	"STRIPE_WEBHOOK_SECRET":    everywhere("!If [HasWebhook, !Ref StripeWebhookSecret, !Ref AWS::NoValue]"),
	"STRIPE_API_URL":           everywhere("!If [Sandbox, !GetAtt SandboxApi.ApiEndpoint, !Ref StripeApiUrl]"),
	"STRIPE_PUBLISHABLE_KEY":   everywhere("!Ref StripePublishableKey"),
	"EXPIRATION_ORDER_MINUTES": everywhere("!Ref ExpirationOrderMinutes"),
	"SMTP_URL":                 everywhere("!If [HasMailServer, !Ref SmtpUrl, !Ref AWS::NoValue]"),
	"MAIL_FROM":                everywhere("!If [HasMailServer, !Ref MailFrom, !Ref AWS::NoValue]"),
	"PASSWORD_BREACH_URL":      everywhere("!Ref PasswordBreachUrl"),
	"EVENT_SIGNATURES":         everywhere("!Ref EventSignatures"),
	// All visitors of a small stack's site are a few addresses, and a limit for one would shut out all. Those of an account hold, and the
	// API's own for these routes.
	"SIGNIN_ATTEMPTS_PER_ADDRESS": {none, "'1000000'"},
	"SIGNUPS_PER_ADDRESS":         {none, "'1000000'"},
	"MAILS_PER_ADDRESS":           {none, "'1000000'"},
	// The site's functions that call auth leave the VPC by its NAT gateways, whose addresses are the stack's alone. API Gateway
	// says itself who calls it, and that is no proxy's address for whoever calls the API without the site. In a small stack nothing
	// tells them from the functions of others in the region, so nothing is believed.
	"TRUSTED_PROXIES": {"!Sub '${AddressA}/32,${AddressB}/32'", none},
}

var awsFunctions = template.FuncMap{
	"databases": func(s System) []Service {
		return filter(s.Services, func(s Service) bool { return s.Reaches("postgres") })
	},
	"outboxes": func(s System) []Service {
		return filter(s.Services, func(s Service) bool { return s.Outbox && s.Reaches("postgres") })
	},
	"deployed": deployedOf, "hidden": hidden, "busUsers": busUsers, "databaseURL": databaseURL, "redisURL": redisURL, "secret": secret, "values": awsEnvironment,
	"inVPC": inVPC, "vpc": awsVPC, "timeout": awsTimeout, "concurrency": concurrency, "route": route, "rate": rate,
}

// eventKey begins the names of the settings that hold the keys of a publisher's events.
var eventKey = function.KeySetting("")

// eventKeyResource is the secret of EVENT_KEY_ORDERS: EventKeyOrders.
func eventKeyResource(setting string) string {
	return "EventKey" + camel(strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(setting, eventKey), "_", "-")))
}

// schedulerURL is the group of the schedules that a small stack's functions set.
const schedulerURL = "scheduler:///${Sweeps}?role=${SweepsRole.Arn}&target=arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${AWS::StackName}-{schedule}"

// derived is what the migrations have told CloudFormation: see migrate.Settings.
func derived(name string) string { return "!GetAtt Migrations." + name }

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
func awsEnvironment(f deployed) ([]string, error) {
	var lines []string
	add := func(name string, value sized) {
		if text := value.in(f.Condition); text != none {
			lines = append(lines, name+": "+text)
		}
	}
	for _, s := range f.Settings {
		value, known := awsValues[s.Name]
		switch {
		case s.Reaches == "postgres":
			value = sized{"!Sub '" + databaseURL(f.Service, f.Service) + "'", derived(migrate.DatabaseOf(f.Service))}
			add("SSL_CERT_DIR", sized{none, "/var/task/certificates"})
		case strings.HasPrefix(s.Name, eventKey):
			value = sized{"!Sub '" + secret(eventKeyResource(s.Name)) + "'", derived(s.Name)}
		case strings.HasSuffix(s.Name, "_API_URL") && s.Reaches != "":
			value = everywhere("!GetAtt ServicesApi.ApiEndpoint")
		case !known && s.Required:
			return nil, fmt.Errorf("%s needs %s, which has no value on AWS: name one in awsValues (adapters/manifests/aws.go)", f.Name, s.Name)
		case !known:
			continue
		}
		add(s.Name, value)
	}
	if f.Kind == Consumer || f.Reaches("postgres") && f.Method != http.MethodGet {
		add("BUS_URL", sized{none, "!Sub 'sns:///${Events}'"})
		if f.Reaches("postgres") { // else its service has no schedules
			add("SCHEDULER_URL", sized{none, "!Sub '" + schedulerURL + "'"})
		}
	}
	if f.Kind == Endpoint && f.Timeout > 0 {
		add("REQUEST_TIMEOUT", everywhere(f.Timeout.String()))
	}
	return lines, nil
}

// awsVPC is where a function is placed, in a large stack.
func awsVPC(f deployed) string {
	return sized{"{SubnetIds: [!Ref " + subnet(f.Function) + "A, !Ref " + subnet(f.Function) + "B], SecurityGroupIds: [" + groups(f.Function) + "]}", none}.in(f.Condition)
}

// inVPC reports whether these settings lead to what is in the VPC only, or to auth, which believes what visitors' addresses
// are if it comes from there. All else has the internet as it is.
func inVPC(settings []config.Setting) bool {
	return reaches(settings, "postgres") || reaches(settings, "redis") || reaches(settings, "auth")
}

func subnet(f Function) string {
	if f.Reaches("internet") || f.Reaches("mail") || f.Reaches("auth") {
		return "Outward"
	}
	return "Isolated"
}

func groups(f Function) string {
	var all []string
	for _, g := range []struct{ place, group string }{{"postgres", "DatabaseClient"}, {"redis", "CacheClient"}, {"internet", "Outward"}, {"auth", "Outward"}, {"mail", "MailClient"}} {
		if f.Reaches(g.place) {
			all = append(all, "!Ref "+g.group)
		}
	}
	return strings.Join(all, ", ")
}

const (
	globalTimeout  = 20               // template.yaml's own, in seconds
	longestRequest = 29 * time.Second // API Gateway waits for 30
)

// awsTimeout in seconds, or 0 for that of template.yaml's Globals.
func awsTimeout(f Function) int {
	timeout := f.Timeout
	switch {
	case f.Kind == Endpoint && timeout > 0:
		timeout = min(timeout+5*time.Second, longestRequest) // with time to answer that it took too long
	case f.Kind == Schedule && timeout == 0:
		timeout = time.Minute
	}
	return int((timeout + time.Second - 1) / time.Second)
}

// hidden is for how many seconds a queue hides what it has given to a function: AWS advises six times the function's timeout.
func hidden(f Function) int { return 6 * cmp.Or(awsTimeout(f), globalTimeout) }

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
