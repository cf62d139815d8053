// Package stanserver runs a private NATS Streaming server inside the process, for laptops and tests.
//
// It promises to listen only on the loopback address, to keep everything it has acknowledged in a
// folder, to write to no log but the one it is given, to install no signal handlers, and to start again on the same port and folder.
package stanserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	natsd "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats-streaming-server/server"
	"github.com/nats-io/nats-streaming-server/stores"

	"github.com/gittix/ticketing/shared/embedded/natsserver"
)

// A client that vanished is given up after about 4 s (or 12 s, if its connection still stands): until then the server
// offers it messages, which then come late.
const (
	heartbeatInterval = time.Second
	heartbeatTimeout  = 2 * time.Second
	heartbeatsMissed  = 3
)

const clusterID = "ticketing"

// The limits of each channel: then the oldest messages are discarded, handled or not. A server whose disk is full ends, and those who
// publish keep what is younger for longer than that, to send it again.
const (
	DefaultMaxBytes = 256 << 20
	DefaultMaxAge   = 7 * 24 * time.Hour
)

// Config says where the server listens and what it keeps.
type Config struct {
	Port     int          // 0 = a free one
	Monitor  int          // the port of monitoring; 0 = a free one
	Dir      string       // of the file store; created if missing; for one server at a time, which is not checked
	MaxBytes int64        // of each channel; 0 = DefaultMaxBytes
	Sync     bool         // true: an acknowledged message is on the disk; false: it is with the operating system
	Users    []natsd.User // that may connect, the first of which is the server's own and may do everything; none: anyone may
	Logger   *slog.Logger // default: no log
}

// Server is a running server.
type Server struct {
	cfg     Config
	server  *server.StanServer
	monitor *http.Server
}

// Start returns when the server takes connections.
func Start(cfg Config) (*Server, error) {
	if cfg.Dir == "" {
		return nil, errors.New("stanserver: no folder given")
	}
	if err := natsserver.CheckPort(cfg.Port); err != nil {
		return nil, fmt.Errorf("stanserver: %w", err)
	}
	listen := &natsd.Options{
		Host:   natsserver.Host,
		Port:   cmp.Or(cfg.Port, natsd.RANDOM_PORT),
		NoLog:  cfg.Logger == nil,
		NoSigs: true,
	}
	for _, user := range cfg.Users {
		listen.Users = append(listen.Users, &user)
	}
	srv, err := server.RunServerWithOpts(options(cfg), listen)
	if err != nil {
		return nil, fmt.Errorf("stanserver: %w", err)
	}
	cfg.Port = listen.Port // the one that was found
	s := &Server{cfg: cfg, server: srv}
	if err := s.serveMonitor(); err != nil {
		s.Stop()
		return nil, fmt.Errorf("stanserver: %w", err)
	}
	return s, nil
}

// serveMonitor answers what a server with a monitoring port does, as far as the bus asks for it.
func (s *Server) serveMonitor() error {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", net.JoinHostPort(natsserver.Host, strconv.Itoa(s.cfg.Monitor)))
	if err != nil {
		return err
	}
	s.cfg.Monitor = listener.Addr().(*net.TCPAddr).Port
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+server.StorePath, s.server.HandleStorez)
	mux.HandleFunc("GET "+server.ChannelsPath, s.server.HandleChannelsz)
	s.monitor = &http.Server{Handler: mux, ReadHeaderTimeout: time.Second}
	go func() { _ = s.monitor.Serve(listener) }() // until Stop
	return nil
}

func options(cfg Config) *server.Options {
	o := server.GetDefaultOptions()
	o.ID = clusterID
	o.StoreType = stores.TypeFile
	o.FilestoreDir = cfg.Dir
	o.FileStoreOpts.DoSync = cfg.Sync
	o.StoreLimits.MaxMsgs = 0 // no limit
	o.StoreLimits.MaxBytes = cmp.Or(cfg.MaxBytes, DefaultMaxBytes)
	o.StoreLimits.MaxAge = DefaultMaxAge
	o.ClientHBInterval = heartbeatInterval
	o.ClientHBTimeout = heartbeatTimeout
	o.ClientHBFailCount = heartbeatsMissed
	if len(cfg.Users) > 0 {
		o.Username, o.Password = cfg.Users[0].Username, cfg.Users[0].Password
	}
	if cfg.Logger != nil {
		o.CustomLogger = natsserver.NewLogger(cfg.Logger)
	}
	return o
}

// Addr is where the server listens, as host:port.
func (s *Server) Addr() string {
	return net.JoinHostPort(natsserver.Host, strconv.Itoa(s.cfg.Port))
}

// Monitor is the port of monitoring.
func (s *Server) Monitor() int { return s.cfg.Monitor }

// URL is what a bus is opened with: stan://host:port/cluster?monitor=port, as the first of the users, if there are any.
func (s *Server) URL() string {
	if len(s.cfg.Users) == 0 {
		return s.URLOf("", "")
	}
	return s.URLOf(s.cfg.Users[0].Username, s.cfg.Users[0].Password)
}

// URLOf is what a user opens a bus with: stan://user:password@host:port/cluster?monitor=port.
func (s *Server) URLOf(user, password string) string {
	return (&url.URL{Scheme: "stan", User: natsserver.Login(user, password), Host: s.Addr(), Path: "/" + clusterID,
		RawQuery: fmt.Sprint("monitor=", s.cfg.Monitor)}).String()
}

// Stop ends the server and returns when port and folder are free. It may be called again.
func (s *Server) Stop() {
	s.server.Shutdown()
	if s.monitor != nil {
		_ = s.monitor.Close() // again, perhaps
	}
}
