package client

import (
	"net/http"
	"strings"
	"testing"
)

func TestAssets(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{})
	a, err := loadAssets()
	if err != nil {
		t.Fatal(err)
	}
	for name, kind := range map[string]string{"site.css": "text/css", "site.js": "text/javascript", "stripe.js": "text/javascript", "icon.svg": "image/svg+xml"} {
		url, err := a.url(name)
		if err != nil {
			t.Fatal(err)
		}
		s := v.get(url).is(http.StatusOK)
		if s.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || !strings.HasPrefix(s.Header.Get("Content-Type"), kind) || s.body == "" {
			t.Errorf("%s: %v", url, s.Header)
		}
		v.get("/assets/" + name).is(http.StatusNotFound) // without its hash it would be cached for good
	}
	if _, err := a.url("none"); err == nil {
		t.Error("an asset that is not there has an address")
	}
}
