// Package busurl opens a bus by URL, so that one setting chooses the broker. It is the only package that links every driver.
//
//	stan://host:port/cluster-id                 NATS Streaming
//	jetstream://host:port[/stream]              NATS JetStream; the stream is "ticketing" if none is named
//
// Several servers of one cluster are separated by commas: //host:port,host:port. The port is 4222 if none is given.
// Credentials are user:password@ or token@. Queries: tls=true (both); monitor=8222 (NATS Streaming: the servers' monitoring port, which
// is asked how full the store is; 0: none); replicas=3 (JetStream, for a stream that has to be created), max_age=168h, of at least 1m, and
// max_bytes=2147483648, of at least 1 MiB (JetStream: a stream that has other limits is changed). Errors never show the URL, since it may
// hold a password.
package busurl

import (
	"crypto/tls"
	"fmt"
	"log/slog"

	"github.com/nats-io/nats.go"

	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/bus/jetstream"
	"github.com/gittix/ticketing/shared/bus/stan"
)

// Open returns a bus on the broker at url. clientName says whose connection it is, to those who watch the broker: letters, digits,
// - and _. It fails only for a URL or name that is malformed: the broker may be unavailable.
func Open(url, clientName string, opts bus.Options) (*bus.Bus, error) {
	t, err := parse(url)
	if err != nil {
		return nil, fmt.Errorf("bus URL: %w", err)
	}
	if !bus.ValidName(clientName) {
		return nil, fmt.Errorf("bus client name %q: want letters, digits, - and _", clientName)
	}
	return bus.New(t.driver(clientName, opts.Logger), opts), nil
}

func (t target) driver(clientName string, log *slog.Logger) bus.Driver {
	if t.scheme == "stan" {
		return stan.New(stan.Config{Servers: t.servers, ClusterID: t.name, ClientName: clientName, Monitor: t.monitor, Options: t.options()})
	}
	return jetstream.New(jetstream.Config{
		Servers: t.servers, ClientName: clientName, Stream: t.name, Replicas: t.replicas, MaxAge: t.maxAge, MaxBytes: t.maxBytes,
		Logger: log, Options: t.options(),
	})
}

func (t target) options() []nats.Option {
	var options []nats.Option
	if password, given := t.user.Password(); given {
		user := t.user.Username()
		options = append(options, nats.UserInfo(user, password))
		if t.scheme == "jetstream" && bus.ValidName(user) {
			options = append(options, nats.CustomInboxPrefix(jetstream.InboxPrefix(user)))
		}
	} else if token := t.user.Username(); token != "" {
		options = append(options, nats.Token(token))
	}
	if t.tls {
		options = append(options, nats.Secure(&tls.Config{MinVersion: tls.VersionTLS12}))
	}
	return options
}
