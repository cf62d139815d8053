package natsserver

import (
	"github.com/nats-io/nats-server/v2/server"

	"github.com/gittix/ticketing/shared/bus/access"
)

// Users are the operator, first, and the roles, with their permissions and passwords.
func Users(roles []access.Role, permissions func(access.Role) access.Permissions, password func(user string) string) []server.User {
	users := []server.User{{Username: access.Operator, Password: password(access.Operator)}}
	for _, r := range roles {
		p := permissions(r)
		users = append(users, server.User{Username: r.Name, Password: password(r.Name), Permissions: &server.Permissions{
			Publish: &server.SubjectPermission{Allow: p.Publish}, Subscribe: &server.SubjectPermission{Allow: p.Subscribe},
		}})
	}
	return users
}
