package verify

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"sync"

	"github.com/gittix/ticketing/adapters/dispatcher"
	"github.com/gittix/ticketing/adapters/knative"
	"github.com/gittix/ticketing/adapters/kubernetes"
	"github.com/gittix/ticketing/adapters/migrate"
	"github.com/gittix/ticketing/functions/auth"
	"github.com/gittix/ticketing/functions/client"
	"github.com/gittix/ticketing/functions/expiration"
	"github.com/gittix/ticketing/functions/orders"
	"github.com/gittix/ticketing/functions/payments"
	"github.com/gittix/ticketing/functions/tickets"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// program is a service that an image runs.
type program struct {
	settings any // a struct with tags of package config
	build    func(config.Values) (function.Service, error)
	service  function.Service
}

// programs are the services by name. They are built, and never started.
var programs = sync.OnceValue(func() map[string]program {
	values := config.Values{
		"DATABASE_URL": "postgres://127.0.0.1:1/nowhere", "REDIS_URL": "redis://127.0.0.1:1", "STRIPE_SECRET_KEY": "sk_test_x",
		"JWT_SECRET": strings.Repeat("s", 32), "PASSWORD_PEPPER": strings.Repeat("p", 32), "AUTH_API_URL": "http://auth",
		"TICKETS_API_URL": "http://tickets", "ORDERS_API_URL": "http://orders", "PAYMENTS_API_URL": "http://payments",
	}
	all := map[string]program{}
	for _, p := range []struct {
		build    func(config.Values) (function.Service, error)
		settings any
	}{
		{auth.New, auth.Settings{}}, {tickets.New, tickets.Settings{}}, {orders.New, orders.Settings{}},
		{payments.New, payments.Settings{}}, {expiration.New, expiration.Settings{}}, {client.New, client.Settings{}},
	} {
		service, err := p.build(values)
		if err != nil {
			panic(fmt.Sprintf("the values above lack something: %v", err)) // so no test could say anything
		}
		all[service.Name] = program{p.settings, p.build, service}
	}
	return all
})

// Required is what the settings of a command say of those that have no default.
const required = "required"

// settingsOf returns what a command reads, by name, with the default; required is one that has none.
func settingsOf(command string, onKnative bool) (map[string]string, error) {
	read := map[string]string{}
	switch service, isService := programs()[command]; {
	case isService && onKnative:
		gather(reflect.TypeFor[knative.Settings](), read)
		gather(reflect.TypeOf(service.settings), read)
	case isService:
		gather(reflect.TypeFor[kubernetes.Settings](), read)
		gather(reflect.TypeOf(service.settings), read)
		if len(service.service.Consumers) > 0 || service.service.Outbox != nil {
			read["BUS_URL"] = required
		}
	case command == "dispatcher":
		gather(reflect.TypeFor[dispatcher.Settings](), read)
		read["BUS_URL"] = required
	case command == "migrate":
		gather(reflect.TypeFor[migrate.Settings](), read)
	default:
		return fromSource(filepath.Join(Root, "adapters/cmd", command))
	}
	return read, nil
}

// accepts says what a command would say of its settings at its start.
func (c *Cluster) accepts(p Pod) error {
	values := config.Values{}.With(c.settings(p)) // without those whose values are elsewhere
	var err error
	switch service, isService := programs()[p.Command()]; {
	case isService:
		var started function.Service
		if started, err = service.build(values); err == nil {
			started.Stop()
		}
		var common error
		if _, common = config.Parse[kubernetes.Settings](values); p.onKnative() {
			_, common = config.Parse[knative.Settings](values)
		}
		err = errors.Join(err, common)
	case p.Command() == "dispatcher":
		_, err = config.Parse[dispatcher.Settings](values)
	case p.Command() == "migrate":
		_, err = config.Parse[migrate.Settings](values)
	}
	return err
}

func gather(t reflect.Type, read map[string]string) {
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("env"), ",")
		switch {
		case name == "" && f.Type.Kind() == reflect.Struct:
			gather(f.Type, read)
		case name == "":
		case strings.Contains(options, required):
			read[name] = required
		default:
			read[name] = f.Tag.Get("envDefault")
		}
	}
}

var tag = regexp.MustCompile(`env:"([A-Z_]+)[",]`)

// fromSource reads the settings of a command that keeps them to itself.
func fromSource(dir string) (map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no command in %s", dir)
	}
	read := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for _, found := range tag.FindAllStringSubmatch(string(text), -1) {
			read[found[1]] = ""
		}
	}
	return read, nil
}

// runtime are what Go's own runtime and OpenTelemetry's read.
var runtime = regexp.MustCompile(`^(GOMEMLIMIT|GOMAXPROCS|GOGC|OTEL_[A-Z_]+)$`)

// binds says whether a SinkBinding is for the pod's owner.
func (c *Cluster) binds(o Object, p Pod) bool {
	subject := as[struct {
		Spec struct {
			Subject struct{ Kind, Name string } `json:"subject"`
		} `json:"spec"`
	}](o).Spec.Subject
	return o.Namespace == p.Owner.Namespace && subject.Kind == p.Owner.Kind && subject.Name == p.Owner.Name
}
