package migrate

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// Settings say what is to be there: the very URLs that the services and the dispatcher are given. Their
// users, passwords and databases are those that are made.
type Settings struct {
	AdminURL  string `env:"MIGRATE_ADMIN_URL" required:"true" secret:"true" reaches:"postgres"` // of a role that may create roles and databases
	Databases string `env:"MIGRATE_DATABASES" required:"true" secret:"true" reaches:"postgres"` // service=postgres://…, with white space between them
	Outboxes  string `env:"DISPATCH_OUTBOXES"`                                                  // the dispatcher's own setting; empty: services relay their own outboxes
}

// withDatabase returns a service that has a database.
func withDatabase(name string) (functions.Service, bool) {
	for _, def := range functions.Services() {
		if def.Name == name && def.Uses("DATABASE_URL") {
			return def, true
		}
	}
	return functions.Service{}, false
}

// account is what a URL says about a role and its database.
type account struct {
	url, role, password, database string
}

// database is one service's, and who may relay its outbox.
type database struct {
	service string
	owner   account
	relay   account // zero for nobody
}

// plan reads the settings.
func (s Settings) plan() ([]database, error) {
	owners, order, err := accounts("MIGRATE_DATABASES", s.Databases)
	if err != nil {
		return nil, err
	}
	relays, _, err := accounts("DISPATCH_OUTBOXES", s.Outboxes)
	if err != nil {
		return nil, err
	}
	var plan []database
	for _, service := range order {
		d := database{service: service, owner: owners[service], relay: relays[service]}
		if _, known := withDatabase(service); !known {
			return nil, fmt.Errorf("config: MIGRATE_DATABASES: no service %s has a database", service)
		}
		if d.relay.url != "" && (d.relay.database != d.owner.database || d.relay.role == d.owner.role) {
			return nil, fmt.Errorf("config: DISPATCH_OUTBOXES: %s wants its service's database and another role", service)
		}
		delete(relays, service)
		plan = append(plan, d)
	}
	for service := range relays {
		return nil, fmt.Errorf("config: DISPATCH_OUTBOXES: MIGRATE_DATABASES has no %s", service)
	}
	return plan, nil
}

var plainName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// accounts reads service=postgres://role:password@host/database, with white space between them. Its errors repeat nothing
// that might be a password.
func accounts(setting, text string) (map[string]account, []string, error) {
	found, order := map[string]account{}, []string{}
	for word := range strings.FieldsSeq(text) {
		service, raw, _ := strings.Cut(word, "=")
		u, err := url.Parse(raw)
		if !plainName.MatchString(service) || err != nil || u.User == nil {
			return nil, nil, errors.New("config: " + setting + ": want service=postgres://role:password@host/database, with white space between them")
		}
		password, _ := u.User.Password()
		a := account{raw, u.User.Username(), password, strings.TrimPrefix(u.Path, "/")}
		if _, twice := found[service]; twice || a.password == "" || !plainName.MatchString(a.role) || !plainName.MatchString(a.database) {
			return nil, nil, fmt.Errorf("config: %s: %s is there twice, or lacks a plain role, a password or a plain database", setting, service)
		}
		found[service] = a
		order = append(order, service)
	}
	return found, order, nil
}

// build makes the service for the sake of its Start. No handler of it ever runs here, so it is given no secret
// that a handler needs.
func (d database) build() (function.Service, error) {
	def, _ := withDatabase(d.service)
	return def.New(config.Values{"DATABASE_URL": d.owner.url})
}
