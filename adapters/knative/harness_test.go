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
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

func TestAdapterOverHTTP1(t *testing.T) {
	t.Parallel()
	adaptertest.Run(t, adaptertest.Harness{Start: func(t testing.TB, s function.Service, timeout time.Duration) adaptertest.Platform {
		return platform{adaptertest.Wire(inContainer(t, s, timeout))}
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
			Transport: transport(t, (*http.Protocols).SetUnencryptedHTTP2),
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
		return overHTTP2{platform{adaptertest.Wire(proxy.Listener.Addr().String())}}
	}})
}

// inContainer returns the address of a service's container.
func inContainer(t testing.TB, s function.Service, timeout time.Duration) string {
	t.Helper()
	build := func(config.Values) (function.Service, error) { return s, nil }
	_, host := running(t, build, config.Values{"REQUEST_TIMEOUT": timeout.String()})
	return strings.TrimPrefix(host.URL, "http://")
}

// platform is a container and a Broker.
type platform struct{ adaptertest.Wire }

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
		return errors.New("503 does not say when to come again")
	}
	return fmt.Errorf("%d %s", answer.Status, answer.Body)
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
