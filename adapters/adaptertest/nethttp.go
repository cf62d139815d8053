package adaptertest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/telemetry"
)

// NetHTTP runs services behind a real net/http server, without any platform.
func NetHTTP() Harness { return Below(function.Mount{}) }

// Below is NetHTTP behind a proxy that clients see the services below a path of, and which passes that path on or takes it away.
func Below(mount function.Mount) Harness {
	return Harness{Base: string(mount.Path), Start: func(t testing.TB, s function.Service, timeout time.Duration) Platform {
		t.Helper()
		metrics, err := telemetry.NewMetrics(prometheus.NewRegistry())
		if err != nil {
			t.Fatal(err)
		}
		runner := function.Runner{Log: slog.New(slog.DiscardHandler), Metrics: metrics,
			Tracer: sdktrace.NewTracerProvider().Tracer(s.Name), Timeout: timeout, Secure: true, Mount: mount}
		server := httptest.NewUnstartedServer(runner.Handler(s))
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.Start()
		t.Cleanup(server.Close)
		return &netHTTP{Wire(server.Listener.Addr().String()), s, runner, mount}
	}}
}

type netHTTP struct {
	Wire
	service function.Service
	runner  function.Runner
	mount   function.Mount
}

// Do passes on what a client sends below the mount's path.
func (n *netHTTP) Do(ctx context.Context, r Request) (Answer, error) {
	if !n.mount.Stripped {
		r.Target = string(n.mount.Path) + r.Target
	}
	return n.Wire.Do(ctx, r)
}

// Wire is the address, host and port, of a server that speaks HTTP/1.1.
type Wire string

// Do writes the request as it is: no client tidies it up.
func (address Wire) Do(ctx context.Context, r Request) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, longTimeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", string(address))
	if err != nil {
		return Answer{}, err
	}
	defer conn.Close() //nolint:errcheck // it is used no more
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return Answer{}, err
	}
	if _, err := conn.Write(r.wire()); err != nil {
		return Answer{}, err
	}
	return readAnswer(bufio.NewReader(conn), r.Method)
}

// Deliver is what the Runner itself says.
func (n *netHTTP) Deliver(ctx context.Context, data []byte) error {
	err := n.runner.Consume(ctx, n.service, n.service.Consumers[0], data)
	if function.IsReject(err) {
		return nil
	}
	return err
}

// wire returns the request's bytes in HTTP/1.1.
func (r Request) wire() []byte {
	var w bytes.Buffer
	fmt.Fprintf(&w, "%s %s HTTP/1.1\r\nHost: %s\r\n", r.Method, r.Target, Host)
	for name, values := range r.Header {
		for _, value := range values {
			fmt.Fprintf(&w, "%s: %s\r\n", name, value)
		}
	}
	if r.sendsLength() {
		fmt.Fprintf(&w, "Content-Length: %d\r\n", len(r.Body))
	}
	w.WriteString("\r\n")
	w.Write(r.Body)
	return w.Bytes()
}

// sendsLength reports whether a client would send Content-Length.
func (r Request) sendsLength() bool {
	return len(r.Body) > 0 || r.Method == http.MethodPost || r.Method == http.MethodPut || r.Method == http.MethodPatch
}

// readAnswer reads the first answer that is no interim one.
func readAnswer(r *bufio.Reader, method string) (Answer, error) {
	for {
		resp, err := http.ReadResponse(r, &http.Request{Method: method}) //nolint:bodyclose // closed where it is read; an interim answer has none
		if err != nil {
			return Answer{}, err
		}
		if resp.StatusCode < 200 && resp.StatusCode != http.StatusSwitchingProtocols {
			continue
		}
		body, err := io.ReadAll(resp.Body)
		if err = errors.Join(err, resp.Body.Close()); err != nil {
			return Answer{}, err
		}
		if length := resp.Header.Get("Content-Length"); length != "" && method != http.MethodHead && length != fmt.Sprint(len(body)) {
			return Answer{}, fmt.Errorf("Content-Length %s of %d bytes", strings.TrimSpace(length), len(body))
		}
		return Answer{Status: resp.StatusCode, Header: resp.Header, Body: body}, nil
	}
}
