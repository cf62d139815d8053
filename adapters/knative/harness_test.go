package knative

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/adaptertest"
	"github.com/gittix/ticketing/adapters/chaos/shopper"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

const patience = 30 * time.Second

func TestAdapterOverHTTP1(t *testing.T) {
	t.Parallel()
	adaptertest.Run(t, adaptertest.Harness{Start: func(t testing.TB, s function.Service, timeout time.Duration) adaptertest.Platform {
		return platform{inContainer(t, s, timeout), transport(t, http1())}
	}})
}

// TestAdapterOverH2C: the client speaks HTTP/1.1 with a proxy, and the proxy HTTP/2 without TLS with the
// container, as Knative's queue-proxy does where the port is named h2c.
func TestAdapterOverH2C(t *testing.T) {
	t.Parallel()
	loss := adaptertest.Loss{Lines: true} // HTTP/2 joins lines of cookies
	adaptertest.Run(t, adaptertest.Harness{Loss: loss, Start: func(t testing.TB, s function.Service, timeout time.Duration) adaptertest.Platform {
		address := inContainer(t, s, timeout)
		reverse := &httputil.ReverseProxy{
			Transport: transport(t, h2c()),
			Rewrite: func(r *httputil.ProxyRequest) {
				r.SetURL(&url.URL{Scheme: "http", Host: address})
				r.Out.Host = r.In.Host
			},
			ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
			ErrorLog:     log.New(io.Discard, "", 0),
		}
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Content-Type"] = nil // no guess of the proxy's
			reverse.ServeHTTP(w, r)
		}))
		t.Cleanup(proxy.Close)
		return overHTTP2{platform{proxy.Listener.Addr().String(), transport(t, http1())}}
	}})
}

// inContainer returns the address of a service's container.
func inContainer(t testing.TB, s function.Service, timeout time.Duration) string {
	t.Helper()
	return strings.TrimPrefix(running(t, s, config.Values{"REQUEST_TIMEOUT": timeout.String()}).server.URL(), "http://")
}

// overHTTP2 puts back what HTTP/2 itself makes different.
type overHTTP2 struct{ platform }

func (p overHTTP2) Do(ctx context.Context, r adaptertest.Request) (adaptertest.Answer, error) {
	answer, err := p.platform.Do(ctx, r)
	if strings.HasPrefix(r.Target, "/mirror") { // the handler sees the protocol
		seen := bytes.Replace(answer.Body, []byte(`"Proto":"HTTP/2.0"`), []byte(`"Proto":"HTTP/1.1"`), 1)
		if len(answer.Body) > 0 && answer.Status == http.StatusOK && bytes.Equal(seen, answer.Body) {
			return answer, errors.New("not over HTTP/2")
		}
		answer.Body = seen
	}
	if bytes.Contains(r.Body, []byte(`" a\r\nEvil: 1 "`)) && answer.Header["X-Shop"] == nil { // HTTP/2 drops a header with line breaks
		answer.Header.Set("X-Shop", "a  Evil: 1")
	}
	return answer, err
}

func http1() http.Protocols {
	var p http.Protocols
	p.SetHTTP1(true)
	return p
}

func h2c() http.Protocols {
	var p http.Protocols
	p.SetUnencryptedHTTP2(true)
	return p
}

func transport(t testing.TB, protocols http.Protocols) *http.Transport {
	tr := &http.Transport{Protocols: &protocols, DisableCompression: true}
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

// running runs a service that has started. The test stops it, or else it is stopped at the end.
func running(t testing.TB, s function.Service, values config.Values) *container {
	t.Helper()
	c, err := start(func(config.Values) (function.Service, error) { return s, nil },
		config.Values{"PORT": "0", "METRICS_PORT": "0", "LOG_LEVEL": "ERROR+9"}.With(values))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	isReady(t, c.function)
	return c
}

func isReady(t testing.TB, f *Function) {
	t.Helper()
	if err := shopper.Await(t.Context(), patience, func(ctx context.Context) error {
		if ready, err := f.Ready(ctx); err != nil || !ready {
			return fmt.Errorf("ready %t, %v", ready, err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

type platform struct {
	address   string
	transport *http.Transport
}

func (p platform) Do(ctx context.Context, r adaptertest.Request) (adaptertest.Answer, error) {
	request, err := http.NewRequestWithContext(ctx, r.Method, "http://"+p.address, bytes.NewReader(r.Body))
	if err != nil {
		return adaptertest.Answer{}, err
	}
	request.Host, request.URL = adaptertest.Host, &url.URL{Scheme: "http", Host: p.address, Opaque: r.Target}
	for name, values := range r.Header {
		request.Header[name] = values
	}
	if request.UserAgent() == "" {
		request.Header.Set("User-Agent", "") // nor a client's own
	}
	answer, err := p.transport.RoundTrip(request)
	if err != nil {
		return adaptertest.Answer{}, err
	}
	defer answer.Body.Close() //nolint:errcheck // it has been read
	body, err := io.ReadAll(answer.Body)
	return adaptertest.Answer{Status: answer.StatusCode, Header: answer.Header, Body: body}, err
}

// Deliver brings the event as a Broker without a path does.
func (p platform) Deliver(ctx context.Context, event []byte) error {
	answer, err := p.Do(ctx, adaptertest.Request{Method: http.MethodPost, Target: "/", Body: event,
		Header: http.Header{"Content-Type": {"application/cloudevents+json; charset=utf-8"}}})
	if err != nil {
		return err
	}
	switch {
	case answer.Status == http.StatusOK && len(answer.Body) == 0, answer.Status == http.StatusUnprocessableEntity:
		return nil
	case answer.Status == http.StatusServiceUnavailable && answer.Header.Get("Retry-After") == "":
		return fmt.Errorf("503 does not say when to come again")
	}
	return fmt.Errorf("%d %s", answer.Status, answer.Body)
}
