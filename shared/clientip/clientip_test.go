package clientip

import (
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gittix/ticketing/shared/config"
)

const private = "127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,fd00::/8" // as on Kubernetes

func parse(t testing.TB, ranges string) Settings {
	t.Helper()
	s, err := config.Parse[Settings](config.Values{"TRUSTED_PROXIES": ranges})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s Settings) says(remote string, forwarded ...string) string {
	return s.Client(Of(&http.Request{RemoteAddr: remote, Header: http.Header{header: forwarded}})).String()
}

// TestChainsOfRealProxies: what nginx 1.22.1 and Traefik 3.6.12 sent to a server at 10.0.0.9, recorded in a network of its own. The
// client was 203.0.113.7, nginx 10.0.0.2, Traefik 10.0.0.3; the client invented 198.51.100.1, or that and 10.0.0.77 in two headers.
func TestChainsOfRealProxies(t *testing.T) {
	t.Parallel()
	const nginx, traefik = "10.0.0.2:41934", "10.0.0.3:55210"
	trusting := parse(t, private)
	for name, c := range map[string]struct {
		remote    string
		forwarded []string
	}{
		"nginx, $proxy_add_x_forwarded_for":                          {nginx, []string{"203.0.113.7"}},
		"nginx, $proxy_add_x_forwarded_for, invented":                {nginx, []string{"198.51.100.1, 203.0.113.7"}},
		"nginx, $proxy_add_x_forwarded_for, two headers":             {nginx, []string{"198.51.100.1, 10.0.0.77, 203.0.113.7"}},
		"nginx, $proxy_add_x_forwarded_for, nonsense":                {nginx, []string{"unknown, ,x, 203.0.113.7"}},
		"nginx, $remote_addr as ingress-nginx has it, two headers":   {nginx, []string{"203.0.113.7"}},
		"nginx with set_real_ip_from, two headers":                   {nginx, []string{"198.51.100.1, 10.0.0.77, 203.0.113.7"}},
		"Traefik, invented":                                          {traefik, []string{"203.0.113.7"}},
		"Traefik with forwardedHeaders.insecure, two headers":        {traefik, []string{"198.51.100.1, 10.0.0.77, 203.0.113.7"}},
		"nginx, then Traefik that trusts it":                         {traefik, []string{"203.0.113.7, 10.0.0.2"}},
		"nginx, then Traefik that trusts it, two headers":            {traefik, []string{"198.51.100.1, 10.0.0.77, 203.0.113.7, 10.0.0.2"}},
		"Traefik, then nginx, two headers":                           {nginx, []string{"203.0.113.7, 10.0.0.3"}},
		"nginx, then the site, as the API's client passes it on":     {"10.0.0.8:40000", []string{"198.51.100.1, 203.0.113.7", "10.0.0.2"}},
		"nginx, then the site, then Knative's activator and sidecar": {"127.0.0.1:40000", []string{"203.0.113.7", "10.0.0.2", "127.0.0.1, 10.0.0.5, 10.0.0.6"}},
	} {
		if got := trusting.says(c.remote, c.forwarded...); got != "203.0.113.7" {
			t.Errorf("%s: the client is %s", name, got)
		}
	}
	if got := trusting.says("[fd00::2]:4000", "2001:db8::7"); got != "2001:db8::7" {
		t.Errorf("nginx, IPv6: the client is %s", got)
	}
	// nginx without a line for the header passes on what the client says, and adds nothing: the documentation warns of it.
	if got := trusting.says(nginx); got != "invalid IP" {
		t.Errorf("nginx without the header: the client is %s", got)
	}
}

func TestClient(t *testing.T) {
	t.Parallel()
	const remote, unknown = "192.0.2.1:5000", "invalid IP"
	local, err := config.Parse[Settings](nil)
	if err != nil {
		t.Fatal(err)
	}
	proxy := parse(t, "192.0.2.1, 10.0.0.0/8 2001:db8::/64")
	for name, c := range map[string]struct {
		Settings
		remote    string
		forwarded []string
		want      string
	}{
		"a stranger's header":      {local, remote, []string{"198.51.100.1"}, "192.0.2.1"},
		"the same host":            {local, "127.0.0.1:5000", []string{"198.51.100.1"}, "198.51.100.1"},
		"the same host, no header": {local, "[::1]:5000", nil, unknown},
		"invented":                 {proxy, remote, []string{"203.0.113.7, 198.51.100.1"}, "198.51.100.1"},
		"two proxies":              {proxy, remote, []string{"203.0.113.7, 198.51.100.1 , 10.0.0.1"}, "198.51.100.1"},
		"a proxy of IPv6":          {proxy, "[2001:db8::9]:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"proxies only":             {proxy, remote, []string{"10.0.0.2, 10.0.0.1"}, unknown},
		"no header":                {proxy, remote, nil, unknown},
		"malformed":                {proxy, remote, []string{"198.51.100.1, unknown"}, unknown},
		"malformed by the client":  {proxy, remote, []string{"unknown, 198.51.100.1"}, "198.51.100.1"},
		"with a port":              {proxy, remote, []string{"198.51.100.1:443"}, "198.51.100.1"},
		"IPv6 in brackets":         {proxy, remote, []string{"[2001:db9::1]:443"}, "2001:db9::1"},
		"IPv6 with a zone":         {local, "[fe80::1%eth0]:5000", nil, "fe80::1"},
		"IPv4 within IPv6":         {local, "[::ffff:192.0.2.1]:5000", nil, "192.0.2.1"},
		"proxy within IPv6":        {proxy, "[::ffff:192.0.2.1]:5000", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		"no port":                  {local, "192.0.2.1", nil, "192.0.2.1"},
		"a socket":                 {local, "@", nil, unknown},
		"nothing":                  {local, "", nil, unknown},
	} {
		if got := c.says(c.remote, c.forwarded...); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestNobodyInventsAnAddress: whatever a client sends, it has its own address behind proxies that add to the header.
func TestNobodyInventsAnAddress(t *testing.T) {
	t.Parallel()
	trusting := parse(t, private)
	rapid.Check(t, func(t *rapid.T) {
		address := rapid.SampledFrom([]string{"198.51.100.1", "10.0.0.1", "127.0.0.1", "::1", "2001:db8::1", "", "unknown", "1.2.3.4:5", "[::1]:5", ",", " "})
		sent := rapid.SliceOfN(rapid.Map(rapid.SliceOfN(address, 0, 4), func(s []string) string { return strings.Join(s, ",") }), 0, 3).Draw(t, "sent")
		chain := append(sent, "203.0.113.7")
		for range rapid.IntRange(0, 3).Draw(t, "proxies") {
			chain = append(chain, "10.1.2.3")
		}
		if got := trusting.says("10.1.2.4:1000", chain...); got != "203.0.113.7" {
			t.Fatalf("%q: the client is %s", chain, got)
		}
	})
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for _, ranges := range []string{"1", "10.0.0.0/33", "10.0.0.0/8;127.0.0.1", "0.0.0.0/0", "::/0", "fe80::1%eth0", "proxy.example.com"} {
		_, err := config.Parse[Settings](config.Values{"TRUSTED_PROXIES": ranges})
		if err == nil || !strings.Contains(err.Error(), "TRUSTED_PROXIES") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", ranges, err)
		}
	}
	if err := Check(config.Values{"TRUSTED_PROXY_HOPS": "1"}); err == nil || !strings.Contains(err.Error(), "in TRUSTED_PROXIES") {
		t.Errorf("a leftover of the former setting: %v", err)
	}
}
