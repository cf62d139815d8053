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

// address returns the client's address as the outermost of so many trusted proxies saw it. The client may have
// forged what is further left in the header. A header that is too short or malformed did not pass them all: then it is
// the other end of the connection. The zero Addr means that the address is unknown.
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
