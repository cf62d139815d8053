package verify

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sync"

	"github.com/gittix/ticketing/adapters/dispatcher"
	"github.com/gittix/ticketing/adapters/knative"
	"github.com/gittix/ticketing/adapters/migrate"
	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// program is a service that an image runs.
type program struct {
	settings any // a struct with tags of package config
	build    function.New
	service  function.Service
}

// programs are the services by name. They are built, and never started.
var programs = sync.OnceValue(func() map[string]program {
	all := map[string]program{}
	for _, def := range functions.Services() {
		service, err := def.Contents()
		if err != nil {
			panic(err) // so no test could say anything
		}
		all[def.Name] = program{def.Settings, def.New, service}
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
		gather(knative.Settings{}, read)
		gather(service.settings, read)
	case isService:
		gather(process.Settings{}, read)
		gather(service.settings, read)
		if len(service.service.Consumers) > 0 || service.service.Outbox != nil {
			read["BUS_URL"] = required
		}
	case command == "dispatcher":
		gather(dispatcher.Settings{}, read)
		read["BUS_URL"] = required
	case command == "migrate":
		gather(migrate.Settings{}, read)
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
		if started, err = function.Open(service.build, values); err == nil {
			started.Stop()
		}
		var common error
		if _, common = config.Parse[process.Settings](values); p.onKnative() {
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

func gather(group any, read map[string]string) {
	for _, s := range config.Settings(group) {
		if read[s.Name] = s.Default; s.Required {
			read[s.Name] = required
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
