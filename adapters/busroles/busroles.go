// Package busroles derives from the services' tables of contents who may do what on the bus.
package busroles

import (
	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/bus/access"
)

// Dispatcher is the user that relays and consumes for services that are not on the bus themselves.
const Dispatcher = "dispatcher"

// All are the roles of the services that send or consume events, and the dispatcher's, which may do what each of them may.
func All() ([]access.Role, error) {
	var roles []access.Role
	all := access.Role{Name: Dispatcher, ReadsAll: true}
	for _, def := range functions.Services() {
		contents, err := def.Contents()
		if err != nil {
			return nil, err
		}
		contents.Stop()
		role := access.Role{Name: def.Name}
		if contents.Outbox != nil {
			role.Publishes = []string{def.Name + ".*"}
		}
		for _, c := range contents.Consumers {
			for _, subject := range c.Types {
				role.Consumes = append(role.Consumes, access.Consumption{Group: c.Name, Subject: subject})
			}
		}
		all.Publishes = append(all.Publishes, role.Publishes...)
		if len(role.Publishes)+len(role.Consumes) > 0 {
			roles = append(roles, role)
		}
	}
	return append(roles, all), nil
}
