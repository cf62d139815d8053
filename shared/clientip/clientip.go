// Package clientip tells from which address a request comes, where proxies stand before the service.
//
// Each proxy adds the other end of its own connection to the right of X-Forwarded-For; what is further left anyone may
// have invented. So the list is walked from the right, beginning at the other end of our own connection, for as long as
// the addresses are those of trusted proxies: the first that is not is the client's. If all are trusted or one is
// malformed, the client's address is unknown, and no other stands in for it: then all clients would seem to be one.
package clientip

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/realclientip/realclientip-go"

	"github.com/gittix/ticketing/shared/config"
)

const header = "X-Forwarded-For"

// Settings are for functions that need the client's address.
type Settings struct {
	// Addresses of our own proxies, as CIDRs with commas: what they add to X-Forwarded-For is believed, and no client has one of them.
	// By default only those on the same host.
	Trusted CIDRs `env:"TRUSTED_PROXIES" envDefault:"127.0.0.0/8,::1/128"`
}

// CIDRs are ranges of addresses.
type CIDRs []net.IPNet

// UnmarshalText reads ranges, or single addresses, with commas between them.
// Errors: one is malformed, or holds every address there is, so that anyone could invent one.
func (c *CIDRs) UnmarshalText(b []byte) error {
	ranges, err := realclientip.AddressesAndRangesToIPNets(strings.FieldsFunc(string(b), func(r rune) bool { return r == ',' || r == ' ' })...)
	for _, r := range ranges {
		if ones, _ := r.Mask.Size(); ones == 0 {
			return errors.New("a range that holds every address")
		}
	}
	*c = ranges
	return err
}

// Check refuses a setting of former versions: to ignore it would be to believe other proxies than were meant.
func Check(values config.Values) error {
	if _, ok := values["TRUSTED_PROXY_HOPS"]; ok {
		return errors.New("config: TRUSTED_PROXY_HOPS is no longer read: name the addresses of your proxies in TRUSTED_PROXIES, and remove it")
	}
	return nil
}

// Hops are what a request says of its way here.
type Hops http.Header

// Of returns the hops of a request.
func Of(r *http.Request) Hops {
	return Hops{header: append(slices.Clone(r.Header.Values(header)), r.RemoteAddr)}
}

// Client returns the client's address; the zero Addr if it is unknown.
func (s Settings) Client(h Hops) netip.Addr {
	walk, err := realclientip.NewRightmostTrustedRangeStrategy(header, s.Trusted)
	if err != nil {
		return netip.Addr{} // it refuses other headers only
	}
	a, err := netip.ParseAddr(walk.ClientIP(http.Header(h), ""))
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}
