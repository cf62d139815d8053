package process

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
)

// Probes adds /health, which is 200 while the process lives, and /api/healthz, which is 200 while ready
// returns nil and 503 otherwise, to the paths of next. Before the service has started, next is 503.
func Probes(next http.Handler, started func() bool, ready func(context.Context) error, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("OK")) // the prober went away
	})
	mux.HandleFunc("GET /api/healthz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		body := `{"status":"ok"}`
		if err := ready(ctx); err != nil {
			log.WarnContext(ctx, "not ready", "error", err)
			w.WriteHeader(http.StatusServiceUnavailable)
			body = `{"status":"error"}`
		}
		_, _ = w.Write([]byte(body)) // the prober went away
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if !started() {
			apierror.Write(w, apierror.Unavailable(errors.New("the service has not started yet")))
			return
		}
		next.ServeHTTP(w, r)
	})
	return mux
}

// Server is an HTTP server that listens from its start to its stop.
type Server struct {
	http   *http.Server
	listen net.Listener
	failed chan error
}

// Serve starts a server on a port of all interfaces, or of one if host is given. Port 0 takes a free one.
func Serve(host string, port uint16, handler http.Handler, log *slog.Logger, timeout time.Duration) (*Server, error) {
	l, err := Listen(host, port)
	if err != nil {
		return nil, err
	}
	return ServeOn(l, handler, log, timeout), nil
}

// Listen takes a port of all interfaces, or of one if host is given. Port 0 takes a free one.
func Listen(host string, port uint16) (net.Listener, error) {
	return new(net.ListenConfig).Listen(context.Background(), "tcp", net.JoinHostPort(host, strconv.Itoa(int(port))))
}

// ServeOn starts a server on a port that was taken before, and closes it at the end. It speaks HTTP/1.1, and
// HTTP/2 without TLS with who begins so, as meshes and Knative may.
func ServeOn(l net.Listener, handler http.Handler, log *slog.Logger, timeout time.Duration) *Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	s := &Server{listen: l, failed: make(chan error, 1), http: &http.Server{
		Handler:           handler,
		Protocols:         protocols,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       timeout,
		WriteTimeout:      2 * timeout,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}}
	go func() { // ends with Stop, which closes the listener
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- err
		}
	}()
	return s
}

// URL returns where the server listens.
func (s *Server) URL() string { return "http://" + s.listen.Addr().String() }

// Failed tells when the server has stopped by itself.
func (s *Server) Failed() <-chan error { return s.failed }

// Stop lets the requests under way finish, until ctx ends.
//
// Shutdown tells the HTTP/2 connections of this moment to go away, and would wait to the end for one that was
// being opened and is never used. So it is asked again, and again.
func (s *Server) Stop(ctx context.Context) error {
	for {
		round, cancel := context.WithTimeout(ctx, 250*time.Millisecond)
		err := s.http.Shutdown(round)
		cancel()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return errors.Join(err, s.http.Close())
		}
	}
}
