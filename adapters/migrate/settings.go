package migrate

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/gittix/ticketing/adapters/stripesandbox"
	"github.com/gittix/ticketing/functions"
)

// Settings say what is to be there, by the URLs that the services and the dispatcher are given: Run makes the users, passwords
// and databases in them.
type Settings struct {
	AdminURL  string `env:"MIGRATE_ADMIN_URL" required:"true" secret:"true" reaches:"postgres"`                       // of a role that may create roles and databases
	Databases string `env:"MIGRATE_DATABASES" required:"true" unless:"MIGRATE_SEED" secret:"true" reaches:"postgres"` // service=postgres://…, with white space between them
	Outboxes  string `env:"DISPATCH_OUTBOXES"`                                                                        // the dispatcher's own setting; empty: services relay their own outboxes
	Seed      string `env:"MIGRATE_SEED" secret:"true"`                                                               // of all passwords and keys, which CloudFormation is told: see Derived; or several, with white space between them
	PassKey   string `env:"MIGRATE_PASS_KEY" secret:"true"`                                                           // without a seed: PASS_KEY, whose public keys CloudFormation is told
	Prefix    string `env:"MIGRATE_PREFIX" envDefault:"ticketing"`                                                    // of the databases and roles that are derived, such as the stack's name
	Sandbox   bool   `env:"MIGRATE_SANDBOX" envDefault:"false"`                                                       // with a seed: derive what a sandbox of Stripe needs, too
}

// account is what a URL says about a service's database and a role in it.
type account struct {
	service, url, role, password, database string
	plain                                  bool // the server is sent the password: see define
}

// database is one service's, and the account that may relay its outbox.
type database struct {
	functions.Service
	owner account
	relay account // zero: none
}

// plan reads the settings.
func (s Settings) plan() ([]database, error) {
	databases, err := accounts("MIGRATE_DATABASES", s.Databases)
	if err != nil {
		return nil, err
	}
	relays, err := accounts("DISPATCH_OUTBOXES", s.Outboxes)
	if err != nil {
		return nil, err
	}
	services := owners(true)
	var plan []database
	for _, owner := range databases {
		i := slices.IndexFunc(services, func(def functions.Service) bool { return def.Name == owner.service })
		if i < 0 {
			return nil, fmt.Errorf("config: MIGRATE_DATABASES: no service %s has a database", owner.service)
		}
		owner.plain = s.Seed != ""
		plan = append(plan, database{Service: services[i], owner: owner})
	}
	for _, relay := range relays {
		i := slices.IndexFunc(plan, func(d database) bool { return d.Name == relay.service })
		if i < 0 {
			return nil, fmt.Errorf("config: DISPATCH_OUTBOXES: MIGRATE_DATABASES has no %s", relay.service)
		}
		if relay.database != plan[i].owner.database || relay.role == plan[i].owner.role {
			return nil, fmt.Errorf("config: DISPATCH_OUTBOXES: %s wants its service's database and another role", relay.service)
		}
		plan[i].relay = relay
	}
	return plan, nil
}

// owners are all that have a database: the services, and the sandbox of Stripe where there is one.
func owners(sandbox bool) []functions.Service {
	all := functions.Services()
	if sandbox {
		all = append(all, functions.Service{Name: "stripe_sandbox", New: stripesandbox.New, Settings: stripesandbox.Settings{}})
	}
	return slices.DeleteFunc(all, func(def functions.Service) bool { return !def.Uses(databaseURL) })
}

var plainName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// accounts reads service=postgres://role:password@host/database, with white space between them. Its errors repeat nothing
// that might be a password.
func accounts(setting, text string) ([]account, error) {
	var found []account
	for word := range strings.FieldsSeq(text) {
		service, raw, _ := strings.Cut(word, "=")
		u, err := url.Parse(raw)
		if !plainName.MatchString(service) || err != nil || u.User == nil {
			return nil, errors.New("config: " + setting + ": want service=postgres://role:password@host/database, with white space between them")
		}
		password, _ := u.User.Password()
		a := account{service: service, url: raw, role: u.User.Username(), password: password, database: strings.TrimPrefix(u.Path, "/")}
		twice := slices.ContainsFunc(found, func(b account) bool { return b.service == service })
		if twice || a.password == "" || !plainName.MatchString(a.role) || !plainName.MatchString(a.database) {
			return nil, fmt.Errorf("config: %s: %s is there twice, or lacks a plain role, a password or a plain database", setting, service)
		}
		found = append(found, a)
	}
	return found, nil
}
