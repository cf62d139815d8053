// Package functions lists the services of the system, once. Whatever concerns all of them iterates over this
// list: the local system, migrations, the dispatcher, the operator's commands, the generator and the tests.
//
// It links every service, so a program that runs one imports that service alone (adapters/cmd/<service>).
package functions

import (
	"github.com/gittix/ticketing/functions/auth"
	"github.com/gittix/ticketing/functions/client"
	"github.com/gittix/ticketing/functions/expiration"
	"github.com/gittix/ticketing/functions/orders"
	"github.com/gittix/ticketing/functions/payments"
	"github.com/gittix/ticketing/functions/tickets"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// Service is one of the system's services, not made yet.
type Service struct {
	Name string
	New  func(config.Values) (function.Service, error)
}

// Services returns the services of the system, each before those that call it.
func Services() []Service {
	return []Service{
		{"auth", auth.New},
		{"tickets", tickets.New},
		{"orders", orders.New},
		{"payments", payments.New},
		{"expiration", expiration.New},
		{"client", client.New},
	}
}
