package auth

import (
	"net/http"
	"testing"
)

func TestCallerAddress(t *testing.T) {
	t.Parallel()
	const remote = "192.0.2.1:5000"
	for name, c := range map[string]struct {
		remote    string
		forwarded []string
		proxies   int
		want      string
	}{
		"direct":                  {remote, nil, 0, "192.0.2.1"},
		"header not believed":     {remote, []string{"198.51.100.1"}, 0, "192.0.2.1"},
		"one proxy":               {remote, []string{"198.51.100.1"}, 1, "198.51.100.1"},
		"one proxy, invented hop": {remote, []string{"203.0.113.7, 198.51.100.1"}, 1, "198.51.100.1"},
		"two proxies":             {remote, []string{"203.0.113.7, 198.51.100.1 , 10.0.0.1"}, 2, "198.51.100.1"},
		"two headers":             {remote, []string{"203.0.113.7", "198.51.100.1", "10.0.0.1"}, 2, "198.51.100.1"},
		"header too short":        {remote, []string{"198.51.100.1"}, 2, "192.0.2.1"},
		"no header":               {remote, nil, 1, "192.0.2.1"},
		"header malformed":        {remote, []string{"unknown"}, 1, "192.0.2.1"},
		"with a port":             {remote, []string{"198.51.100.1:443"}, 1, "198.51.100.1"},
		"IPv6":                    {"[2001:db8::1]:5000", nil, 0, "2001:db8::1"},
		"IPv6 in brackets":        {remote, []string{"[2001:db8::1]"}, 1, "2001:db8::1"},
		"IPv6 with a zone":        {"[fe80::1%eth0]:5000", nil, 0, "fe80::1"},
		"IPv4 within IPv6":        {"[::ffff:192.0.2.1]:5000", nil, 0, "192.0.2.1"},
		"no port":                 {"192.0.2.1", nil, 0, "192.0.2.1"},
		"a socket":                {"@", nil, 0, "invalid IP"},
		"nothing":                 {"", nil, 0, "invalid IP"},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{"X-Forwarded-For": c.forwarded}}
		if got := callerOf(r).address(c.proxies).String(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
