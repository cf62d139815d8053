// Package jetstream is the bus driver for NATS JetStream. It promises what bus.Driver asks for with one file-backed stream
// for all subjects and one durable pull consumer per group and subject. Both are created where they are missing, each time
// that the Bus connects, so a server that lost its store is repaired. What exists keeps the operator's settings; a stream
// without limits gets them, since a full one would refuse everything for ever. At its limits it discards the oldest, handled or not:
// what a group was away too long for is noticed when it comes back (bus.Options.Missed).
//
// The NATS client's own reconnecting is off: a broken connection is a lost one, and the Bus connects again as it did at
// first, which also restores the stream and the consumers.
package jetstream

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gittix/ticketing/shared/bus"
)

// The limits of a stream that has none. Whoever publishes must keep what is younger for longer than that, to send it again.
const (
	DefaultMaxAge   = 7 * 24 * time.Hour
	DefaultMaxBytes = 2 << 30
)

// Config says which broker to talk to and how the stream is made if it is missing.
type Config struct {
	Servers    []string      // "nats://host:port", one or more of one cluster
	ClientName string        // shown by the server's monitoring
	Stream     string        // default: "ticketing"
	Replicas   int           // default: 1
	MaxAge     time.Duration // how long messages are kept; default: what the stream has, or else DefaultMaxAge
	MaxBytes   int64         // that messages may take; default: what the stream has, or else DefaultMaxBytes, or less if the server has no room
	Logger     *slog.Logger  // default: no log
	Options    []nats.Option // credentials, TLS
}

// InboxPrefix begins the subjects that a user is answered on, so that a server can keep them from the others.
func InboxPrefix(user string) string { return "_INBOX_" + user }

// Driver connects to one stream.
type Driver struct {
	cfg       Config
	refusedAt atomic.Int64 // Unix ns of the last update of the stream that failed; 0: there was none
	lastLost  atomic.Int64 // Unix ns of the last loss of a connection; 0: there was none
}

// New returns a driver. Nothing is connected yet.
func New(cfg Config) *Driver {
	cfg.Stream = cmp.Or(cfg.Stream, "ticketing")
	cfg.Replicas = max(cfg.Replicas, 1)
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	return &Driver{cfg: cfg}
}

// Connect implements bus.Driver. Its first part takes at most 2 s per server, even if ctx ends.
func (d *Driver) Connect(ctx context.Context) (bus.Conn, error) {
	c := &conn{driver: d, lost: make(chan error, 1)}
	options := append([]nats.Option{
		nats.Name(d.cfg.ClientName),
		nats.Timeout(2 * time.Second),
		nats.PingInterval(2 * time.Second),
		nats.MaxPingsOutstanding(3),
		nats.NoReconnect(),
		nats.ClosedHandler(func(nc *nats.Conn) { c.lose(nc.LastError()) }),
	}, d.cfg.Options...)
	nc, err := nats.Connect(strings.Join(d.cfg.Servers, ","), options...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", bus.ErrUnavailable, err)
	}
	js, err := jetstream.New(nc)
	if err == nil {
		c.stream, err = d.ensureStream(ctx, js)
	}
	if err != nil {
		nc.Close()
		return nil, fmt.Errorf("stream %s: %w", d.cfg.Stream, err)
	}
	c.nc, c.js = nc, js
	return c, nil
}
