package auth

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// caller is what a request says of where it comes from.
type caller struct {
	remote    string // the other end of the connection
	forwarded string // X-Forwarded-For, to which each proxy adds the other end of its own
}

func callerOf(r *http.Request) caller {
	return caller{remote: r.RemoteAddr, forwarded: strings.Join(r.Header.Values("X-Forwarded-For"), ",")}
}

// address returns the client's address as the outermost of so many trusted proxies saw it. Anything further
// left in the header is the client's own invention. A header too short or malformed did not pass them
// all, and leaves the other end of the connection. The zero Addr says that not even that is known.
func (c caller) address(proxies int) netip.Addr {
	hops := strings.Split(c.forwarded, ",")
	if proxies > 0 && proxies <= len(hops) {
		if a := parseAddress(hops[len(hops)-proxies]); a.IsValid() {
			return a
		}
	}
	return parseAddress(c.remote)
}

func parseAddress(s string) netip.Addr {
	s = strings.TrimSpace(s)
	if host, _, err := net.SplitHostPort(s); err == nil {
		s = host
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}
