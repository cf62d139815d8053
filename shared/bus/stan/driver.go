// Package stan is the bus driver for NATS Streaming. It promises what bus.Driver asks for on top of a client that
// notices a lost connection only by missed pings and does not resubscribe by itself:
//
//   - A broken TCP connection fails publishings under way at once; the NATS client underneath then reconnects,
//     and the server, which kept its file store, still knows the client and its groups.
//   - Unanswered pings (6 to 8 s), or an answer that the client is unknown since the server lost its store, end the connection for good:
//     the Bus makes a new one. It has the same client id, so the server drops the old one and its messages go to others at once.
//   - What the server stores is known to its monitoring port alone: without one, Store fails and no group is known to have missed messages.
//   - A server whose disk is full ends. Limits of its channels (max_bytes, max_age) keep it from that: then it discards the oldest.
//   - NATS Streaming has no nak: Retry does nothing, the message comes again after AckWait, which is in whole seconds.
package stan

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/stan.go"

	"github.com/gittix/ticketing/shared/bus"
)

const (
	requestWait   = 3 * time.Second // for the server's answer to connect, subscribe, close
	pingSeconds   = 2
	pingsMissed   = 3
	reconnectWait = 200 * time.Millisecond
	monitorWait   = time.Second
)

// Config says which broker to talk to.
type Config struct {
	Servers    []string      // "nats://host:port", one or more of one cluster
	ClusterID  string        // of the streaming cluster
	ClientName string        // letters, digits, - and _; made unique by the driver
	Monitor    int           // the servers' monitoring port; 0: none
	Options    []nats.Option // credentials, TLS
}

// Driver connects to one NATS Streaming cluster as one client.
type Driver struct {
	cfg      Config
	clientID string
}

// New returns a driver. Nothing is connected yet.
func New(cfg Config) *Driver {
	return &Driver{cfg: cfg, clientID: cfg.ClientName + "-" + rand.Text()}
}

// Connect implements bus.Driver. It takes at most about 6 s, even if ctx ends.
func (d *Driver) Connect(ctx context.Context) (bus.Conn, error) {
	c := &conn{lost: make(chan error, 1), broken: make(chan struct{})}
	options := append([]nats.Option{
		nats.Name(d.clientID),
		nats.Timeout(2 * time.Second),
		nats.ReconnectWait(reconnectWait),
		nats.ReconnectJitter(reconnectWait, reconnectWait),
		nats.DisconnectErrHandler(func(*nats.Conn, error) { c.failPublishings() }),
	}, d.cfg.Options...)
	sc, err := stan.Connect(d.cfg.ClusterID, d.clientID,
		stan.NatsURL(strings.Join(d.cfg.Servers, ",")),
		stan.NatsOptions(options...),
		stan.ConnectWait(requestWait),
		stan.Pings(pingSeconds, pingsMissed),
		stan.SetConnectionLostHandler(func(_ stan.Conn, reason error) {
			c.failPublishings()
			c.lost <- reason // called once
		}),
	)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", bus.ErrUnavailable, err)
	}
	c.sc, c.monitor = sc, monitorOf(sc.NatsConn().ConnectedUrl(), d.cfg.Monitor)
	ctx, cancel := context.WithTimeout(ctx, monitorWait)
	defer cancel()
	c.before, _ = c.monitor.channels(ctx) // without them no group is known to have missed anything
	return c, nil
}
