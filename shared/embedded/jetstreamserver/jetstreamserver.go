// Package jetstreamserver runs a private NATS server with JetStream inside the process, for laptops and tests.
//
// It promises to listen only on the loopback address, to keep everything it has acknowledged in a
// folder, to write to no log but the one it is given, to install no signal handlers, and to start again on the same port and folder.
package jetstreamserver

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/gittix/ticketing/shared/embedded/natsserver"
)

const startWait = 30 * time.Second

// Config says where the server listens and what it keeps.
type Config struct {
	Port     int           // 0 = a free one
	Dir      string        // of the store; created if missing; for one server at a time, which is not checked
	MaxStore int64         // bytes of all streams; 0 = three quarters of the disk
	Sync     bool          // true: an acknowledged message is on the disk; false: it is with the operating system, up to two minutes
	Users    []server.User // that may connect; none: anyone may
	Logger   *slog.Logger  // default: no log
}

// Server is a running server.
type Server struct {
	server *server.Server
	users  []server.User
}

// Start returns when the server takes connections.
func Start(cfg Config) (*Server, error) {
	if cfg.Dir == "" {
		return nil, errors.New("jetstreamserver: no folder given")
	}
	if err := natsserver.CheckPort(cfg.Port); err != nil {
		return nil, fmt.Errorf("jetstreamserver: %w", err)
	}
	var users []*server.User
	for _, user := range cfg.Users {
		users = append(users, &user)
	}
	srv, err := server.NewServer(&server.Options{
		Users:             users,
		Host:              natsserver.Host,
		Port:              cmp.Or(cfg.Port, server.RANDOM_PORT),
		JetStream:         true,
		StoreDir:          cfg.Dir,
		JetStreamMaxStore: cfg.MaxStore,
		SyncAlways:        cfg.Sync,
		NoLog:             cfg.Logger == nil,
		NoSigs:            true,
	})
	if err != nil {
		return nil, fmt.Errorf("jetstreamserver: %w", err)
	}
	if cfg.Logger != nil {
		srv.SetLogger(natsserver.NewLogger(cfg.Logger), false, false)
	}
	s := &Server{srv, cfg.Users}
	srv.Start()
	if !srv.ReadyForConnections(startWait) || !srv.JetStreamEnabled() {
		s.Stop()
		return nil, errors.New("jetstreamserver: did not start; is the folder writable?")
	}
	return s, nil
}

// Addr is where the server listens, as host:port.
func (s *Server) Addr() string { return s.server.Addr().String() }

// URL is what a bus is opened with: jetstream://host:port, as the first of the users, if there are any.
func (s *Server) URL() string {
	if len(s.users) == 0 {
		return s.URLOf("", "")
	}
	return s.URLOf(s.users[0].Username, s.users[0].Password)
}

// URLOf is what a user opens a bus with: jetstream://user:password@host:port.
func (s *Server) URLOf(user, password string) string {
	return (&url.URL{Scheme: "jetstream", User: natsserver.Login(user, password), Host: s.Addr()}).String()
}

// Stop ends the server and returns when port and folder are free. It may be called again.
func (s *Server) Stop() {
	s.server.Shutdown()
	s.server.WaitForShutdown()
}
