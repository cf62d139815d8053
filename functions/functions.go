// Package functions lists the services of the system, once. Whatever concerns all of them iterates over this
// list: the local system, migrations, the dispatcher, the operator's commands, the generator and the tests.
//
// It links every service, so a program that runs one imports that service alone (adapters/cmd/<service>).
package functions

import (
	"slices"

	"github.com/gittix/ticketing/functions/auth"
	"github.com/gittix/ticketing/functions/client"
	"github.com/gittix/ticketing/functions/expiration"
	"github.com/gittix/ticketing/functions/notifications"
	"github.com/gittix/ticketing/functions/orders"
	"github.com/gittix/ticketing/functions/payments"
	"github.com/gittix/ticketing/functions/tickets"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// Service is one of the system's services, not made yet.
type Service struct {
	Name     string
	New      function.New
	Settings any // its own, as a zero value
}

// Contents returns the service's table of contents. It is made of example settings and must not be run.
func (s Service) Contents() (function.Service, error) { return s.New(config.Examples(s.Settings)) }

// AllSettings are those that the service can read, with the keys that its table of contents calls for.
func (s Service) AllSettings() ([]config.Setting, error) {
	contents, err := s.Contents()
	if err != nil {
		return nil, err
	}
	contents.Stop()
	return config.Settings(append([]any{s.Settings}, contents.AllSettings()...)...), nil
}

// Uses reports whether the service reads a setting.
func (s Service) Uses(setting string) bool {
	return slices.ContainsFunc(config.Settings(s.Settings), func(c config.Setting) bool { return c.Name == setting })
}

// Services returns the services of the system, each before those that call it.
func Services() []Service {
	return []Service{
		{"auth", auth.New, auth.Settings{}},
		{"notifications", notifications.New, notifications.Settings{}},
		{"tickets", tickets.New, tickets.Settings{}},
		{"orders", orders.New, orders.Settings{}},
		{"payments", payments.New, payments.Settings{}},
		{"expiration", expiration.New, expiration.Settings{}},
		{"client", client.New, client.Settings{}},
	}
}
