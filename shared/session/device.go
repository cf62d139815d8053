package session

import (
	"net/http"
	"slices"
	"time"
)

// deviceNames are those of the cookie by which auth knows a device that has signed in before. The first needs TLS: no other
// host, and no one on the way, can set it.
var deviceNames = [2]string{"__Host-device", "device"}

// DeviceCookie returns the cookie by which auth knows a device again. Secure: the site is served over TLS alone.
func DeviceCookie(value string, secure bool, lifetime time.Duration) *http.Cookie {
	name := deviceNames[1]
	if secure {
		name = deviceNames[0]
	}
	return newCookie(name, value, int(lifetime.Seconds()), secure)
}

// IsDevice reports whether a device cookie may have that name.
func IsDevice(name string) bool { return slices.Contains(deviceNames[:], name) }

// Device returns the device cookie that r carries, or nil.
func Device(r *http.Request) *http.Cookie {
	for _, name := range deviceNames {
		if c, err := r.Cookie(name); err == nil {
			return &http.Cookie{Name: c.Name, Value: c.Value}
		}
	}
	return nil
}
