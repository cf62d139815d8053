package client

import "testing"

// TestOrigin: a service's address is an origin, with its BASE_PATH at most: anything else would make every call of it fail.
func TestOrigin(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"http://orders": "http://orders", "https://orders:8443/": "https://orders:8443", "http://orders/shop": "http://orders/shop", "http://orders/eu/shop/": "http://orders/eu/shop",
		"": "", "orders": "", "http://": "", "http://orders/a//b": "", "http://orders/..": "", "http://orders/a%2Fb": "", "http://orders/ a": "", "http://orders?x": "", "http://u@orders": "",
	} {
		var o Origin
		if err := o.UnmarshalText([]byte(text)); (err == nil) != (want != "") || string(o) != want {
			t.Errorf("%q: %q, %v", text, o, err)
		}
	}
}
