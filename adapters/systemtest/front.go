package systemtest

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/function"
)

// Front is where browsers reach a system. Its URL is known before what serves it.
type Front struct {
	URL    string
	server *httptest.Server
}

// NewFront takes a port. Requests wait there until Serve.
func NewFront() *Front {
	server := httptest.NewUnstartedServer(nil)
	return &Front{URL: "http://" + server.Listener.Addr().String(), server: server}
}

// Serve starts to answer. At the end of the test it stops before all that was started before it.
func (f *Front) Serve(t testing.TB, handler http.Handler) {
	f.server.Config.Handler = handler
	f.server.Start()
	t.Cleanup(f.server.Close)
}

// Routes leads each endpoint of the system to what to returns for it, and nothing else.
func Routes(t testing.TB, to func(service string, e function.Endpoint) http.Handler) http.Handler {
	t.Helper()
	mux := http.NewServeMux()
	for _, def := range functions.Services() {
		contents, err := def.Contents()
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range contents.Endpoints {
			mux.Handle(e.Method+" "+e.Path, to(def.Name, e))
		}
		contents.Stop()
	}
	return mux
}

// Proxy passes requests on. Where no answer comes, there is none.
func Proxy(to string, transport http.RoundTripper) *httputil.ReverseProxy {
	target, err := url.Parse(to)
	if err != nil {
		panic(err) // a URL of this package's own
	}
	return &httputil.ReverseProxy{
		Rewrite:      func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host },
		Transport:    transport,
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
}
