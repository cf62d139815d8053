package manifests

import (
	"path"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/gittix/ticketing/adapters/busroles"
	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/bus/access"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// System is what manifests and documents are made of: the services, as their tables of contents describe them.
type System struct {
	Services []Service     // each before those that call it
	BusRoles []access.Role // the users of the bus, the dispatcher last
}

// Service is a service and its functions.
type Service struct {
	Name      string
	Functions []Function // endpoints, then consumers, then schedules, each in the order of the table of contents
	Settings  []config.Setting
	Outbox    bool // it publishes events
	Callers   []string
	Contents  function.Service // not to be run: it is made of example settings
}

// Kind is how a function is called.
type Kind string

// Endpoints answer requests, consumers answer events, schedules run by the clock.
const (
	Endpoint Kind = "endpoint"
	Consumer Kind = "consumer"
	Schedule Kind = "schedule"
)

// Function is an endpoint, a consumer or a schedule.
type Function struct {
	Kind         Kind
	Name         string // such as create-order
	Service      string
	Method, Path string        // of an endpoint
	Types        []string      // of the events of a consumer
	Every        time.Duration // between two runs of a schedule
	NeedsSession bool
	Request      reflect.Type     // of an endpoint whose body is JSON; nil: it reads its requests itself
	Settings     []config.Setting // its service's, then its own
	function.Needs
}

// Load reads the tables of contents of all services.
// Errors: a service that cannot be made of its example settings.
func Load() (System, error) {
	var system System
	for _, def := range functions.Services() {
		contents, err := def.Contents()
		if err != nil {
			return System{}, err
		}
		contents.Stop()
		system.Services = append(system.Services, newService(def, contents))
	}
	var err error
	if system.BusRoles, err = busroles.All(); err != nil {
		return System{}, err
	}
	for i, s := range system.Services {
		for _, other := range system.Services {
			if other.Reaches(s.Name) {
				system.Services[i].Callers = append(system.Services[i].Callers, other.Name)
			}
		}
	}
	return system, nil
}

func newService(def functions.Service, contents function.Service) Service {
	s := Service{Name: def.Name, Settings: config.Settings(append([]any{def.Settings}, contents.AllSettings()...)...), Outbox: contents.Outbox != nil, Contents: contents}
	add := func(f Function, needs function.Needs) {
		f.Service, f.Needs = def.Name, needs
		alone, _ := contents.Select(f.Name) // which it has
		f.Settings = config.Settings(alone.AllSettings()...)
		s.Functions = append(s.Functions, f)
	}
	for _, e := range contents.Endpoints {
		add(Function{Kind: Endpoint, Name: e.Name, Method: e.Method, Path: e.Path, NeedsSession: e.NeedsSession || e.Contract.NeedsSession, Request: e.Contract.Request}, e.Needs)
	}
	for _, c := range contents.Consumers {
		add(Function{Kind: Consumer, Name: c.Name, Types: c.Types}, c.Needs)
	}
	for _, c := range contents.Schedules {
		add(Function{Kind: Schedule, Name: c.Name, Every: c.Every}, c.Needs)
	}
	return s
}

// Functions are those of all services.
func (s System) Functions() []Function {
	var all []Function
	for _, service := range s.Services {
		all = append(all, service.Functions...)
	}
	return all
}

// Consumers are those of all services.
func (s System) Consumers() []Function { return ofKind(s.Functions(), Consumer) }

// Endpoints are the service's functions that answer requests.
func (s Service) Endpoints() []Function { return ofKind(s.Functions, Endpoint) }

// Consumers are the service's functions that answer events.
func (s Service) Consumers() []Function { return ofKind(s.Functions, Consumer) }

// Schedules are the service's functions that run by the clock.
func (s Service) Schedules() []Function { return ofKind(s.Functions, Schedule) }

func ofKind(all []Function, kind Kind) []Function {
	return filter(all, func(f Function) bool { return f.Kind == kind })
}

// filter returns those of all that keep wants.
func filter[T any](all []T, keep func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(all), func(t T) bool { return !keep(t) })
}

// Reaches reports whether the service connects to a place (postgres, redis, internet or another service).
func (s Service) Reaches(place string) bool { return reaches(s.Settings, place) }

// Reaches reports whether the function connects to a place (postgres, redis, internet or another service).
func (f Function) Reaches(place string) bool { return reaches(f.Settings, place) }

// Reads reports whether the service reads a setting.
func (s Service) Reads(setting string) bool { return reads(s.Settings, setting) }

// Reads reports whether the function reads a setting.
func (f Function) Reads(setting string) bool { return reads(f.Settings, setting) }

// IsPage reports whether the function is an endpoint of the site and not of the API.
func (f Function) IsPage() bool { return f.Kind == Endpoint && !strings.HasPrefix(f.Path, "/api/") }

// IsStatic reports whether the function serves files whose addresses change with their content.
func (f Function) IsStatic() bool { return f.Kind == Endpoint && strings.HasPrefix(f.Path, "/assets/") }

// ID is the name in CloudFormation of the function that it is, or is in, such as CreateOrder.
func (f Function) ID() string { return camel(f.deployedAs()) }

// deployedAs is the name of the function that it is, or is in, on AWS.
func (f Function) deployedAs() string {
	if f.Below == "" {
		return f.Name
	}
	return f.Service + "-" + path.Base(f.Below)
}

func reaches(settings []config.Setting, place string) bool {
	return slices.ContainsFunc(settings, func(s config.Setting) bool { return s.Reaches == place })
}

func reads(settings []config.Setting, name string) bool {
	return slices.ContainsFunc(settings, func(s config.Setting) bool { return s.Name == name })
}
