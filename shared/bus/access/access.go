// Package access says what each user of the bus may do there, in the subjects by which NATS servers know it.
//
// On JetStream a role may publish its own subjects, and read by the durables of its own consumers, each of which is bound to
// its subject. It may make the stream where it is missing, and not change it. Inboxes are each user's own.
//
// NATS Streaming knows no more than subjects of its own protocol: a role may publish nothing but its own events there, too. But a request
// to subscribe goes to one subject, whatever it asks for, and acknowledgments go to inboxes that the server names, so every user that
// consumes can read everything, and could disturb the others. What it cannot do is to make them believe an event: those are signed
// (package event).
package access

import (
	"fmt"
	"strings"

	"github.com/gittix/ticketing/shared/bus/jetstream"
)

// Operator is the user that may do everything: the server itself, and people.
const Operator = "ticketing"

// Role is one user of the bus, and what it does there.
type Role struct {
	Name      string
	Publishes []string // subjects, with wildcards
	Consumes  []Consumption
	ReadsAll  bool // in any group
}

// Consumption is a durable group of consumers of one subject.
type Consumption struct{ Group, Subject string }

// Permissions are the subjects that a NATS server lets a user publish and subscribe to.
type Permissions struct{ Publish, Subscribe []string }

// The cluster of NATS Streaming, and the stream of JetStream, that the permissions are for.
const (
	cluster = "ticketing"
	stream  = "ticketing"
)

// Streaming returns a role's permissions on NATS Streaming.
func Streaming(r Role) Permissions {
	p := Permissions{
		// Heartbeats and acknowledgments go to inboxes.
		Publish:   []string{"_STAN.discover." + cluster, "_STAN.discover." + cluster + ".pings", "_STAN.close.*", "_INBOX.>"},
		Subscribe: []string{"_INBOX.>", "_STAN.acks.*"}, // the latter for what was published
	}
	if len(r.Consumes) > 0 || r.ReadsAll {
		p.Publish = append(p.Publish, "_STAN.sub.*", "_STAN.subclose.*") // not _STAN.unsub, which would delete a group
	}
	for _, subject := range r.Publishes {
		p.Publish = append(p.Publish, "_STAN.pub.*."+subject)
	}
	return p
}

// JetStream returns a role's permissions on JetStream.
func JetStream(r Role) Permissions {
	p := Permissions{
		Publish:   append([]string{"$JS.API.STREAM.INFO." + stream, "$JS.API.STREAM.CREATE." + stream}, r.Publishes...),
		Subscribe: []string{jetstream.InboxPrefix(r.Name) + ".>"},
	}
	read := func(durable, subject string) {
		p.Publish = append(p.Publish,
			"$JS.API.CONSUMER.CREATE."+stream+"."+durable+"."+subject,
			"$JS.API.CONSUMER.INFO."+stream+"."+durable,
			"$JS.API.CONSUMER.MSG.NEXT."+stream+"."+durable,
			"$JS.ACK."+stream+"."+durable+".>")
	}
	for _, c := range r.Consumes {
		read(jetstream.DurableName(c.Group, c.Subject), c.Subject)
	}
	if r.ReadsAll {
		read("*", ">")
	}
	return p
}

// Config is the part of a server's configuration that knows the operator and the roles. Their passwords are variables of the file that
// it includes, PASSWORD_<name>.
func Config(roles []Role, permissions func(Role) Permissions) string {
	var b strings.Builder
	fmt.Fprintf(&b, "include ../nats-passwords/passwords.conf\nauthorization {\n  users: [\n    {user: %s, password: $%s}\n", Operator, Variable(Operator))
	for _, r := range roles {
		p := permissions(r)
		fmt.Fprintf(&b, "    {user: %s, password: $%s, permissions: {\n      publish: [%s\n      ]\n      subscribe: [%s\n      ]\n    }}\n",
			r.Name, Variable(r.Name), quoted(p.Publish), quoted(p.Subscribe))
	}
	return b.String() + "  ]\n}\n"
}

// Variable is the name of the variable that holds a user's password.
func Variable(user string) string { return "PASSWORD_" + strings.ReplaceAll(user, "-", "_") }

func quoted(subjects []string) string {
	var lines strings.Builder
	for _, s := range subjects {
		fmt.Fprintf(&lines, "\n        %q", s)
	}
	return lines.String()
}
