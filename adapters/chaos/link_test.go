package chaos

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// link is the network between the services and one of their backends.
type link struct {
	proxy *toxiproxy.Proxy
	t     testing.TB
}

// newLink leads to the host of a URL until the test ends.
func newLink(t testing.TB, to string) link {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal("not a URL")
	}
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	proxy := toxiproxy.NewProxy(server, u.Host, "127.0.0.1:0", u.Host)
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Stop)
	return link{proxy, t}
}

// through is a URL whose host is reached by the link.
func (l link) through(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		l.t.Fatal("not a URL")
	}
	u.Host = l.proxy.Listen
	return u.String()
}

// cut breaks all connections and lets no new one begin, until end.
func (l link) cut() (end func() error, err error) {
	l.proxy.Stop()
	return l.proxy.Start, nil
}

// slow delays what is sent, each way, until end.
func (l link) slow() (end func() error, err error) {
	return l.poison(`"type": "latency", "attributes": {"latency": 100, "jitter": 80}`)
}

// silent lets nothing arrive, though connections stay, until end.
func (l link) silent() (end func() error, err error) {
	return l.poison(`"type": "timeout", "attributes": {"timeout": 0}`)
}

func (l link) poison(toxic string) (end func() error, err error) {
	for _, way := range []string{"upstream", "downstream"} {
		if _, err := l.proxy.Toxics.AddToxicJson(strings.NewReader(`{"stream": "` + way + `", ` + toxic + `}`)); err != nil {
			return nil, err
		}
	}
	return func() error { l.proxy.Toxics.ResetToxics(context.Background()); return nil }, nil
}
