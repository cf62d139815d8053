package auth

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

const deviceCookie = "__Host-device"

// from signs in with cookies of a browser, as a client at an address of its own.
func (f fixture) from(email, password string, cookies ...*http.Cookie) functiontest.Answer {
	var pairs []string
	for _, c := range cookies {
		pairs = append(pairs, c.Name+"="+c.Value)
	}
	return f.Send("POST", "/api/users/signin", credentials(email, password), http.Header{
		"X-Forwarded-For": {"198.51.100.7"}, "Cookie": {strings.Join(pairs, "; ")},
	})
}

// TestStrangersDoNotLockTheOwnerOut: a device that has signed in before has an allowance of its own, at any address.
func TestStrangersDoNotLockTheOwnerOut(t *testing.T) {
	t.Parallel()
	f := start(t, config.Values{"SIGNIN_ATTEMPTS_PER_ACCOUNT": "3", "SIGNIN_ATTEMPTS_PER_ADDRESS": "5"})
	up := f.signUp(goodEmail, goodPassword)
	device := up.Cookie(deviceCookie)
	if device == nil || !device.HttpOnly || !device.Secure || device.Path != "/" || device.SameSite != http.SameSiteLaxMode || device.MaxAge < 86400 {
		t.Fatalf("cookie %v", device)
	}
	eves := f.signUp("eve@example.com", goodPassword).Cookie(deviceCookie)
	forged := &http.Cookie{Name: deviceCookie, Value: strings.Repeat("A", len(device.Value))}
	for range 3 {
		f.said(f.from(goodEmail, "wrong password"), 400, invalid)
	}
	for name, c := range map[string]*http.Cookie{"another account's": eves, "forged": forged, "malformed": {Name: deviceCookie, Value: "%.."}} {
		if a := f.from(goodEmail, goodPassword, c); a.Status != 429 {
			t.Errorf("a cookie that is %s gives an allowance: %d", name, a.Status)
		}
	}
	for i := range 5 {
		_ = f.from(fmt.Sprintf("u%d@example.com", i), "wrong password") // the address is used up, too
	}
	for range 4 {
		again := f.said(f.from(strings.ToUpper(goodEmail), goodPassword, device), 200, welcome).Cookie(deviceCookie)
		if again.Value != device.Value {
			t.Error("the device is another each time")
		}
	}
	for range 3 { // its allowance has an end, too
		f.said(f.from(goodEmail, "wrong password", device), 400, invalid)
	}
	f.said(f.from(goodEmail, goodPassword, device), 429, tooMany)
}

// TestDeviceOfSeveralAccounts: those who share a browser do not take each other's allowance away.
func TestDeviceOfSeveralAccounts(t *testing.T) {
	t.Parallel()
	d, err := newKnownDevices(Peppers{"new", "old"}, true)
	if err != nil {
		t.Fatal(err)
	}
	value := ""
	for i := range 10 {
		email := fmt.Sprintf("u%d@example.com", i)
		value = d.remember(value, email).Value
		for j := range i + 1 {
			if known := d.find(value, fmt.Sprintf("u%d@example.com", j)) != ""; known != (j > i-deviceAccounts) {
				t.Errorf("after %s: u%d is known: %v", email, j, known)
			}
		}
	}
	old, err := newKnownDevices(Peppers{"old"}, true)
	if err != nil {
		t.Fatal(err)
	}
	if d.find(old.remember("", goodEmail).Value, goodEmail) == "" {
		t.Error("a new pepper makes devices unknown")
	}
	if c := (knownDevices{keys: d.keys}).remember("", goodEmail); c.Name != "device" || c.Secure {
		t.Errorf("without TLS: %v", c)
	}
}
