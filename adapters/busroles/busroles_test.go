package busroles_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/gittix/ticketing/adapters/busroles"
	"github.com/gittix/ticketing/shared/bus/access"
	"github.com/gittix/ticketing/shared/bus/jetstream"
	"github.com/gittix/ticketing/shared/embedded/jetstreamserver"
	"github.com/gittix/ticketing/shared/embedded/stanserver"
	"github.com/gittix/ticketing/shared/event"
)

const root = "../.."

// broker is a server with the users of a file of k8s/.
type broker struct {
	URLOf      func(user, password string) string
	addr       string
	publishing func(subject string) string // where a client sends an event
	inbox      func(user string) string
}

func password(user string) string { return "1e5 of " + user }

// users reads a configuration as the server of k8s/ does: with the file of passwords beside it.
func users(t *testing.T, file string, roles []access.Role) []server.User {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	var passwords strings.Builder
	for _, name := range append(names(roles), access.Operator) {
		fmt.Fprintf(&passwords, "%s: %q\n", access.Variable(name), password(name))
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"nats-passwords/passwords.conf": passwords.String(), "nats/users.conf": string(text), "nats/nats.conf": "include users.conf\n",
	} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	options, err := server.ProcessConfigFile(filepath.Join(dir, "nats/nats.conf"))
	if err != nil {
		t.Fatal(err)
	}
	var all []server.User
	for _, u := range options.Users {
		all = append(all, *u)
	}
	return all
}

func names(roles []access.Role) (all []string) {
	for _, r := range roles {
		all = append(all, r.Name)
	}
	return all
}

// connect returns a connection of a user, and what asks the server whether it let a message through.
func connect(t *testing.T, b broker, user string) (nc *nats.Conn, allows func(subject string) bool) {
	t.Helper()
	refused := make(chan error, 100)
	nc, err := nats.Connect("nats://"+b.addr, nats.UserInfo(user, password(user)), nats.CustomInboxPrefix(b.inbox(user)),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc, func(subject string) bool {
		t.Helper()
		if err := errors.Join(nc.Publish(subject, []byte("{}")), nc.Flush()); err != nil { // the server answers in order
			t.Fatal(err)
		}
		err := nc.LastError()
		if err != nil && !errors.Is(err, nats.ErrPermissionViolation) {
			t.Fatal(err)
		}
		if err == nil || !strings.Contains(strings.ToLower(err.Error()), fmt.Sprintf("%q", strings.ToLower(subject))) {
			return true
		}
		<-refused //nolint:errcheck // the same, as it is reported beside the answers
		return false
	}
}

func brokers(t *testing.T, roles []access.Role) map[string]broker {
	t.Helper()
	streaming, err := stanserver.Start(stanserver.Config{Dir: t.TempDir(), Users: users(t, "k8s/base/nats-streaming/users.conf", roles)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(streaming.Stop)
	js, err := jetstreamserver.Start(jetstreamserver.Config{Dir: t.TempDir(), Users: users(t, "k8s/components/jetstream/nats/users.conf", roles)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(js.Stop)
	return map[string]broker{
		"NATS Streaming": {streaming.URLOf, streaming.Addr(), func(s string) string { return "_STAN.pub.ticketing." + s }, func(string) string { return "_INBOX" }},
		"JetStream":      {js.URLOf, js.Addr(), func(s string) string { return s }, jetstream.InboxPrefix},
	}
}

// TestForbiddenPublishing: a user may send its own events and no others, by no way that the server knows. The configuration is that of k8s/.
func TestForbiddenPublishing(t *testing.T) {
	t.Parallel()
	roles, err := busroles.All()
	if err != nil {
		t.Fatal(err)
	}
	for kind, b := range brokers(t, roles) {
		for _, user := range names(roles) {
			_, allows := connect(t, b, user)
			for _, e := range event.All() {
				own := user == busroles.Dispatcher || event.Publisher(e.Type) == user
				if got := allows(b.publishing(e.Type)); got != own {
					t.Errorf("%s: %s may send %s: %v", kind, user, e.Type, got)
				}
			}
			forbidden := []string{
				"_STAN.unsub.ticketing", "_STAN.raft.ticketing.x", "$SYS.REQ.SERVER.PING", "$JS.API.STREAM.UPDATE.ticketing", "$JS.API.STREAM.DELETE.ticketing",
				"$JS.API.STREAM.PURGE.ticketing", "$JS.API.STREAM.CREATE.other", "$JS.API.STREAM.MSG.GET.ticketing", "$JS.API.DIRECT.GET.ticketing",
				"$JS.API.CONSUMER.CREATE.ticketing", "$JS.API.CONSUMER.DURABLE.CREATE.ticketing.x", "$JS.API.CONSUMER.DELETE.ticketing.x", "anything",
			}
			if kind == "JetStream" {
				forbidden = append(forbidden, "_STAN.pub.ticketing.payments.created", "_INBOX.x", jetstream.InboxPrefix("another")+".x")
			} else {
				forbidden = append(forbidden, "payments.created", "$JS.API.STREAM.CREATE.ticketing")
			}
			for _, subject := range forbidden {
				if allows(subject) {
					t.Errorf("%s: %s may publish to %s", kind, user, subject)
				}
			}
		}
	}
}

// TestForbiddenReading: on JetStream a user may read what it consumes, by its own durables, and nothing of what is for others. (NATS
// Streaming cannot tell: there every consumer may subscribe to everything.)
func TestForbiddenReading(t *testing.T) {
	t.Parallel()
	roles, err := busroles.All()
	if err != nil {
		t.Fatal(err)
	}
	b := brokers(t, roles)["JetStream"]
	for _, reader := range roles {
		nc, allows := connect(t, b, reader.Name)
		for _, other := range roles {
			for _, c := range other.Consumes {
				own := reader.ReadsAll || slices.Contains(reader.Consumes, c)
				durable := jetstream.DurableName(c.Group, c.Subject)
				for _, subject := range []string{
					"$JS.API.CONSUMER.CREATE.ticketing." + durable + "." + c.Subject, "$JS.API.CONSUMER.MSG.NEXT.ticketing." + durable, "$JS.ACK.ticketing." + durable + ".1.1.1.1.0",
				} {
					if got := allows(subject); got != own {
						t.Errorf("%s may use %s: %v", reader.Name, subject, got)
					}
				}
			}
		}
		for _, subject := range []string{"payments.created", ">", "_INBOX.>", jetstream.InboxPrefix("another") + ".>", "$JS.>"} {
			sub, err := nc.SubscribeSync(subject)
			if err = errors.Join(err, nc.Flush()); err != nil {
				t.Fatal(err)
			}
			if err := nc.LastError(); !errors.Is(err, nats.ErrPermissionViolation) || !strings.Contains(err.Error(), fmt.Sprintf("%q", subject)) {
				t.Errorf("%s may subscribe to %s (%s): %v", reader.Name, subject, sub.Subject, err)
			}
		}
	}
}
