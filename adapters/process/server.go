package process

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"
)

// Listen takes a port of all interfaces, or of one if host is given. Port 0 takes a free one.
func Listen(host string, port uint16) (net.Listener, error) {
	return new(net.ListenConfig).Listen(context.Background(), "tcp", net.JoinHostPort(host, strconv.Itoa(int(port))))
}

// URL returns an address of what is served on a listener: of all those of the machine, localhost.
func URL(listener net.Listener) string {
	address := listener.Addr().String()
	if at, err := netip.ParseAddrPort(address); err == nil && at.Addr().IsUnspecified() {
		address = "localhost:" + strconv.Itoa(int(at.Port()))
	}
	return "http://" + address
}

// Serve answers HTTP/1.1 on a listener, and HTTP/2 without TLS to clients that begin with it, as meshes and Knative may. A
// request may take timeout to arrive, and twice that in all. At most so many connections are open; more wait to be accepted, so the probes need
// a listener of their own. What one may hold is bounded: 16 KiB of headers of a
// request, 100 requests at the same time, and 64 KiB of bodies that have not been read yet. The stop closes the listener and lets the
// requests under way finish; the contexts of those that do not say errStopping. A server that ends by itself ends the process.
func (l *Lifecycle) Serve(listener net.Listener, handler http.Handler, timeout time.Duration, most int) Stop {
	return l.serve(limitConnections(listener, most, nil), handler, timeout)
}

func (l *Lifecycle) serve(limited *connections, handler http.Handler, timeout time.Duration) Stop {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	life, end := context.WithCancelCause(context.Background())
	server := &http.Server{
		Handler:     limited.closeWhileFull(handler),
		ConnState:   limited.changed,
		ConnContext: limited.note,
		BaseContext: func(net.Listener) context.Context { return life },
		Protocols:   protocols,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: 100, MaxReceiveBufferPerConnection: 64 << 10, MaxReceiveBufferPerStream: 64 << 10,
			SendPingTimeout: time.Minute, WriteByteTimeout: timeout,
		},
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       timeout,
		WriteTimeout:      2 * timeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(l.Log.Handler(), slog.LevelWarn),

		DisableGeneralOptionsHandler: true, // it answers OPTIONS * without the headers of every other answer
	}
	go func() { // ends with the stop, which closes the listener
		if err := server.Serve(limited); !errors.Is(err, http.ErrServerClosed) {
			l.Fail(err)
		}
	}()
	return func(ctx context.Context) error { return shutdown(ctx, server, end) }
}

// shutdown lets the requests under way finish, until ctx ends. Then it calls end with errStopping, so that none of them takes
// the end of its connection for a client that went away.
//
// Shutdown sends GOAWAY to the HTTP/2 connections that exist when it is called, and then waits for one that was being opened and
// is never used until ctx ends. So it is called repeatedly.
func shutdown(ctx context.Context, server *http.Server, end context.CancelCauseFunc) error {
	defer end(errStopping)
	for {
		round, cancel := context.WithTimeout(ctx, 250*time.Millisecond)
		err := server.Shutdown(round)
		cancel()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			end(errStopping)
			return errors.Join(err, server.Close())
		}
	}
}

// Probes adds /health, which is 200 while the process lives, and /api/healthz, which is 200 while ready returns nil and 503
// otherwise, to the paths of next.
func Probes(next http.Handler, ready func(context.Context) error, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("OK")) // an error means that the prober went away
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
		_, _ = w.Write([]byte(body)) // an error means that the prober went away
	})
	mux.Handle("/", next)
	return mux
}
